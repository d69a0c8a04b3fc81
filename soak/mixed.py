def run(*a): pass
kept=replaced=flood=run
