package io.github.consulresolver.jdk;

import java.net.InetAddress;
import java.net.UnknownHostException;

/** A program that knows nothing of Consul: looks up the hosts it is given, and prints what it gets. */
final class Lookups {
    private Lookups() {}

    public static void main(String... hosts) {
        for (String host : hosts) {
            try {
                System.out.println(InetAddress.getByName(host));
            } catch (UnknownHostException e) {
                System.out.println(host + " is unknown");
            }
        }
    }
}
