package io.github.consulresolver.discovery;

import com.spotify.dns.DnsSrvResolver;
import com.spotify.dns.DnsSrvResolvers;
import com.spotify.dns.LookupResult;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.resolver.ResolvedAddressTypes;
import io.netty.resolver.dns.DnsNameResolver;
import io.netty.resolver.dns.DnsNameResolverBuilder;
import io.netty.resolver.dns.SequentialDnsServerAddressStreamProvider;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.springframework.cache.concurrent.ConcurrentMapCacheManager;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.cloud.commons.util.InetUtils;
import org.springframework.cloud.commons.util.InetUtilsProperties;
import org.springframework.cloud.consul.ConsulAutoConfiguration;
import org.springframework.cloud.consul.ConsulProperties;
import org.springframework.cloud.consul.discovery.ConsulDiscoveryClient;
import org.springframework.cloud.consul.discovery.ConsulDiscoveryProperties;
import org.springframework.cloud.loadbalancer.core.CachingServiceInstanceListSupplier;
import org.springframework.cloud.loadbalancer.core.DiscoveryClientServiceInstanceListSupplier;
import org.springframework.cloud.loadbalancer.core.ServiceInstanceListSupplier;
import org.springframework.cloud.loadbalancer.support.LoadBalancerClientFactory;
import org.springframework.core.env.Environment;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.xbill.DNS.ResolverConfig;

/** Resolving a service of three instances whose answer is kept: by this library, and by those that a Java service may use in its place. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class CachedLookupBenchmark {
    private static final String SERVICE = "orders";
    private static final String DNS_NAME = SERVICE + ".service.consul.";
    private static final int INSTANCES = 3;
    private static final Duration TTL = Duration.ofMinutes(1);

    private static Agent agent() {
        return Agent.with(SERVICE, INSTANCES, TTL);
    }

    private static void check(int instances) {
        if (instances != INSTANCES) {
            throw new IllegalStateException(instances + " instances in place of " + INSTANCES);
        }
    }

    /** This library, with DNS alone: an answer is kept for its TTL, as the others do. */
    @State(Scope.Benchmark)
    public static class Library {
        private final Agent agent = agent();
        private final ServiceName name = ServiceName.of(SERVICE);
        private final ServiceResolver consul =
                ServiceResolver.builder().agents(agent.dnsAddress()).build();

        @Setup
        public void ask() {
            check(consul.resolve(name).instances().size());
        }

        @TearDown
        public void close() {
            consul.close();
            agent.close();
        }
    }

    @Benchmark
    public Endpoints resolve(Library library) {
        return library.consul.resolve(SERVICE);
    }

    @Benchmark
    public Endpoints resolveName(Library library) {
        return library.consul.resolve(library.name);
    }

    @Benchmark
    public ServiceInstance resolveAndPick(Library library) {
        return library.consul.resolve(SERVICE).pick();
    }

    /** The library that this one succeeds. It takes no port of a DNS server; dnsjava, which it stands on, takes one from a property. */
    @State(Scope.Benchmark)
    public static class Spotify {
        private final Agent agent = agent();
        private DnsSrvResolver resolver = name -> List.of();

        @Setup
        public void ask() {
            System.setProperty("dns.server", agent.dnsAddress());
            ResolverConfig.refresh();
            resolver = DnsSrvResolvers.newBuilder().cachingLookups(true).build();
            check(resolver.resolve(DNS_NAME).size());
        }

        @TearDown
        public void close() {
            agent.close();
        }
    }

    @Benchmark
    public List<LookupResult> spotify(Spotify spotify) {
        return spotify.resolver.resolve(DNS_NAME);
    }

    /** Netty's own resolver keeps addresses, without ports; SRV records it does not keep. */
    @State(Scope.Benchmark)
    public static class Netty {
        private final Agent agent = agent();
        private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        private final DnsNameResolver resolver = new DnsNameResolverBuilder(loops.next())
                .datagramChannelType(NioDatagramChannel.class)
                .nameServerProvider(new SequentialDnsServerAddressStreamProvider(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), agent.dns())))
                .resolvedAddressTypes(ResolvedAddressTypes.IPV4_ONLY)
                .searchDomains(List.of())
                .build();

        @Setup
        public void ask() {
            check(resolver.resolveAll(DNS_NAME).syncUninterruptibly().getNow().size());
        }

        @TearDown
        public void close() {
            resolver.close();
            loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
            agent.close();
        }
    }

    @Benchmark
    public List<InetAddress> netty(Netty netty) {
        return netty.resolver.resolveAll(DNS_NAME).syncUninterruptibly().getNow();
    }

    /** Spring Cloud's client keeps nothing: each call is a request to the agent's HTTP API. The load balancer's cache, 35 s by default, goes before it. */
    @State(Scope.Benchmark)
    public static class SpringCloud {
        private final Agent agent = agent();
        private final InetUtils network = new InetUtils(new InetUtilsProperties());
        private final DiscoveryClient client = client();
        private final ServiceInstanceListSupplier cached = new CachingServiceInstanceListSupplier(
                new DiscoveryClientServiceInstanceListSupplier(client, loadBalancerOf(SERVICE)),
                new ConcurrentMapCacheManager(CachingServiceInstanceListSupplier.SERVICE_INSTANCE_CACHE_NAME));

        private DiscoveryClient client() {
            ConsulProperties properties = new ConsulProperties();
            properties.setHost("127.0.0.1");
            properties.setPort(agent.http());
            try {
                return new ConsulDiscoveryClient(
                        ConsulAutoConfiguration.createNewConsulClient(properties),
                        new ConsulDiscoveryProperties(network));
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }

        private static Environment loadBalancerOf(String service) {
            StandardEnvironment environment = new StandardEnvironment();
            environment
                    .getPropertySources()
                    .addFirst(new MapPropertySource(
                            "benchmark", Map.of(LoadBalancerClientFactory.PROPERTY_NAME, service)));
            return environment;
        }

        @Setup
        public void ask() {
            check(client.getInstances(SERVICE).size());
            check(cached.get().blockFirst().size());
        }

        @TearDown
        public void close() {
            network.close();
            agent.close();
        }
    }

    @Benchmark
    public List<org.springframework.cloud.client.ServiceInstance> springCloud(SpringCloud spring) {
        return spring.client.getInstances(SERVICE);
    }

    @Benchmark
    public List<org.springframework.cloud.client.ServiceInstance> springCloudCached(SpringCloud spring) {
        return spring.cached.get().blockFirst();
    }
}
