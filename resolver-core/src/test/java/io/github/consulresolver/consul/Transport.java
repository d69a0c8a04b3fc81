package io.github.consulresolver.consul;

/** How a DNS message travelled. */
public enum Transport {
    UDP,
    TCP
}
