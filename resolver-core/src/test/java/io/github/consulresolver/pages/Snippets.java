package io.github.consulresolver.pages;

import io.github.consulresolver.devagent.DevAgent;
import io.github.consulresolver.devagent.RegisteredInstance;
import io.github.consulresolver.devagent.ServiceRegistration;
import io.github.consulresolver.discovery.BalancingPolicy;
import io.github.consulresolver.discovery.Endpoints;
import io.github.consulresolver.discovery.Lease;
import io.github.consulresolver.discovery.LoadBalancer;
import io.github.consulresolver.discovery.ResolutionException;
import io.github.consulresolver.discovery.ServiceInstance;
import io.github.consulresolver.discovery.ServiceName;
import io.github.consulresolver.discovery.ServiceResolver;
import io.github.consulresolver.discovery.Watch;
import io.github.consulresolver.discovery.grpc.ConsulNameResolverProvider;
import io.github.consulresolver.discovery.http.ConsulHttpClient;
import io.github.consulresolver.discovery.httpclient5.ConsulDnsResolver;
import io.github.consulresolver.discovery.micrometer.DiscoveryMeters;
import io.github.consulresolver.discovery.netty.ConsulAddressResolverGroup;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.NameResolverRegistry;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.bootstrap.Bootstrap;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManager;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;

/** What an application might write: compiled, and never run. {@link PagesTest} finds each example here, or in {@link OrdersClientTest}. */
@SuppressWarnings("unused")
abstract class Snippets {
    abstract void connect(InetAddress address, int port);

    abstract void reconnect(List<ServiceInstance> instances);

    abstract void send(ServiceInstance instance) throws IOException;

    abstract void serve(Endpoints endpoints);

    abstract void serveWithout(Throwable reason);

    abstract void ask(InetSocketAddress server, String name);

    interface Vault {
        String consulToken();
    }

    void first() {
        ServiceResolver consul = ServiceResolver.builder().build(); // one for the application; close it at its end

        ServiceInstance one = consul.resolve("orders").pick(); // host, address, port, priority, weight
        connect(one.address(), one.port());

        Watch watch = consul.watch("orders", now -> reconnect(now.instances()));
    }

    void production(MeterRegistry registry, Executor workers) {
        ServiceResolver consul = ServiceResolver.builder()
                .agents("127.0.0.1:8600", "10.0.0.2:8600") // DNS, in this order: the next one when one fails
                .http("127.0.0.1:8500") // of the first of them; not called: there is none
                .staleFor(Duration.ofHours(1)) // how long the last instances do while no agent answers
                .executor(workers) // calls those who watch
                .listener(new DiscoveryMeters(registry)) // Micrometer
                .build();
    }

    void token(Vault vault) {
        ServiceResolver consul = ServiceResolver.builder()
                .agents("127.0.0.1:8600")
                .http("https://127.0.0.1:8501")
                .token(vault::consulToken) // service:read and node:read
                .build();
    }

    void metered(MeterRegistry registry) {
        ServiceResolver consul = ServiceResolver.builder()
                .listener(new DiscoveryMeters(registry))
                .build();
    }

    void outcomes(ServiceResolver consul) {
        try {
            Endpoints orders = consul.resolve("orders");
            if (orders.isEmpty()) {
                serveWithout(new IllegalStateException("no instance is healthy")); // Consul says so
            } else {
                serve(orders); // isStale() says whether an agent stands behind them now
            }
        } catch (ResolutionException e) {
            serveWithout(e); // nobody could be asked, and nothing is remembered
        }
    }

    void asynchronous(ServiceResolver consul) {
        consul.resolveAsync("orders").thenApply(Endpoints::pick).thenAccept(one -> connect(one.address(), one.port()));
    }

    void names() {
        ServiceName.of("orders"); // orders.service.consul.
        ServiceName.of("db").tag("primary").datacenter("dc2"); // primary.db.service.dc2.consul.
        ServiceName.query("nearest-orders"); // nearest-orders.query.consul.
        ServiceName.parse("db.service.dc2.consul"); // as ServiceName.of("db").datacenter("dc2")
        ServiceName.of("db").peer("partner"); // db.service.partner.peer.consul.
        ServiceName.of("orders").rfc2782(); // _orders._tcp.service.consul.
        ServiceName.connect("orders"); // orders.connect.consul.
        ServiceName.fqdn("_ldap._tcp.example.org"); // as it is
    }

    void resolverInJavadoc() {
        try (ServiceResolver consul = ServiceResolver.builder().build()) {
            ServiceInstance one = consul.resolve("orders").pick();
            connect(one.address(), one.port());
        }
    }

    void uris(ServiceInstance instance) {
        URI order = instance.uri("http").resolve("/orders/42"); // http://10.0.0.1:8080/orders/42
        URI secure = instance.uri("https"); // https://[fd00::1]:8443
    }

    void excluding(Endpoints endpoints, ServiceInstance first) {
        ServiceInstance second = endpoints.excluding(first).pick();
    }

    void policy() {
        BalancingPolicy policy =
                BalancingPolicy.leastRequests().preferringThisHost().ejecting();
    }

    void balancerInJavadoc(ServiceResolver consul) throws IOException {
        LoadBalancer balancer = new LoadBalancer(BalancingPolicy.leastRequests().ejecting());

        try (Lease lease = balancer.acquire(consul.resolve("orders"))) {
            try {
                send(lease.instance());
                lease.succeeded();
            } catch (IOException e) {
                lease.failed();
                throw e;
            }
        }
    }

    void publisher(ServiceResolver consul, Flow.Subscriber<Endpoints> subscriber) {
        consul.publisher(ServiceName.of("orders")).subscribe(subscriber);
    }

    void devAgentInJavadoc() {
        try (DevAgent agent = DevAgent.start()) {
            RegisteredInstance orders = agent.register("orders", "10.0.0.7", 8081);
            ask(agent.dnsAddress(), "orders.service.consul");
            orders.fail(); // gone from DNS, and who watches it over HTTP is told
        }
    }

    void instanceInJavadoc(DevAgent consul) {
        RegisteredInstance orders = consul.register("orders", "10.0.0.7", 8081);
        orders.fail();
    }

    void apacheHttpClient(ServiceResolver consul) {
        PoolingHttpClientConnectionManager connections = PoolingHttpClientConnectionManagerBuilder.create()
                .setDnsResolver(new ConsulDnsResolver(consul))
                .build();
    }

    void jdkHttpClient(ServiceResolver consul) throws IOException, InterruptedException {
        ConsulHttpClient client = new ConsulHttpClient(consul, HttpClient.newHttpClient());
        client.send(HttpRequest.newBuilder(URI.create("http://orders/42")).build(), BodyHandlers.ofString());
    }

    void netty(ServiceResolver consul) {
        Bootstrap bootstrap = new Bootstrap().resolver(new ConsulAddressResolverGroup(consul));
    }

    void grpc(ServiceResolver consul) {
        NameResolverRegistry.getDefaultRegistry()
                .register(new ConsulNameResolverProvider(consul)); // once, at the beginning
        ManagedChannel channel = ManagedChannelBuilder.forTarget("consul:///orders")
                .defaultLoadBalancingPolicy("round_robin")
                .build();
    }

    void registrationInJavadoc(DevAgent agent) {
        agent.register(ServiceRegistration.of("orders", 8081)
                .id("orders-1")
                .address("10.0.0.7")
                .tags("v2")
                .weights(10, 1));
    }

    /** A client of a service's HTTP interface. */
    static final class Orders {
        private final ServiceResolver consul;
        private final HttpClient http = HttpClient.newHttpClient();

        Orders(ServiceResolver consul) {
            this.consul = consul;
        }

        private final LoadBalancer balancer =
                new LoadBalancer(BalancingPolicy.leastRequests().ejecting());

        String order(int id) throws IOException, InterruptedException {
            try (Lease lease = balancer.acquire(consul.resolve("orders"))) {
                URI uri = lease.instance().uri("http").resolve("/orders/" + id);
                try {
                    HttpResponse<String> response =
                            http.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
                    if (response.statusCode() < 500) {
                        lease.succeeded();
                    } else {
                        lease.failed();
                    }
                    return response.body();
                } catch (IOException e) {
                    lease.failed();
                    throw e;
                }
            }
        }
    }
}
