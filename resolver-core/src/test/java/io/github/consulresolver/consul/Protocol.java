package io.github.consulresolver.consul;

/** How a DNS message travelled. */
public enum Protocol {
    UDP,
    TCP
}
