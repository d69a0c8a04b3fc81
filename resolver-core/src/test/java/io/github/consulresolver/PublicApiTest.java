package io.github.consulresolver;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.discovery.ServiceResolver;
import java.io.IOException;
import java.io.InputStream;
import java.lang.module.ModuleDescriptor;
import java.lang.reflect.Member;
import java.lang.reflect.Modifier;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * What applications may compile against, all that is public in what the module exports to everybody, is written down in {@code api.txt}. So
 * nobody changes it without seeing it, and everybody who reviews the change does, too.
 */
final class PublicApiTest {
    private static final Path WRITTEN_DOWN = Path.of("api.txt");
    private static final String RENEW = "api.renew";
    private static final int SAID =
            Modifier.PUBLIC | Modifier.PROTECTED | Modifier.STATIC | Modifier.ABSTRACT | Modifier.FINAL;
    private static final int IMPLIED_OF_INTERFACES = Modifier.STATIC | Modifier.ABSTRACT;

    @Test
    void the_public_api_is_what_is_written_down() throws IOException {
        List<String> found = api();
        if (System.getProperty(RENEW) != null) {
            Files.write(WRITTEN_DOWN, found);
        }
        List<String> writtenDown = Files.readAllLines(WRITTEN_DOWN);

        String renew = "%nWhere that is meant (CHANGELOG.md says so, too): ./mvnw -pl resolver-core test -Dtest="
                + getClass().getSimpleName() + " -D" + RENEW;
        assertThat(writtenDown)
                .as("The API of before: what is not there any more breaks those who use it." + renew)
                .isSubsetOf(found);
        assertThat(found)
                .as("The API of now: what is new has to stay, once it is released." + renew)
                .containsExactlyElementsOf(writtenDown);
    }

    private static List<String> api() throws IOException {
        ModuleDescriptor module = module();
        Stream<String> exported = module.exports().stream()
                .filter(export -> !export.isQualified())
                .map(ModuleDescriptor.Exports::source)
                .sorted();
        return Stream.concat(Stream.of("module " + module.name()), exported.flatMap(PublicApiTest::typesOf))
                .toList();
    }

    private static ModuleDescriptor module() throws IOException {
        try (InputStream descriptor = Files.newInputStream(classes().resolve("module-info.class"))) {
            return ModuleDescriptor.read(descriptor);
        }
    }

    private static Path classes() {
        try {
            return Path.of(ServiceResolver.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    private static Stream<String> typesOf(String packageName) {
        Path directory = classes().resolve(packageName.replace('.', '/'));
        try (Stream<Path> files = Files.list(directory)) {
            return files
                    .map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".class") && !name.equals("package-info.class"))
                    .map(name -> packageName + "." + name.substring(0, name.length() - ".class".length()))
                    .sorted()
                    .toList()
                    .stream()
                    .map(PublicApiTest::load)
                    .filter(PublicApiTest::isVisible)
                    .flatMap(PublicApiTest::linesOf);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static Class<?> load(String name) {
        try {
            return Class.forName(name, false, PublicApiTest.class.getClassLoader());
        } catch (ClassNotFoundException e) {
            throw new AssertionError(e);
        }
    }

    private static boolean isVisible(Class<?> type) {
        Class<?> outer = type.getDeclaringClass();
        return isVisible(type.getModifiers())
                && !type.isAnonymousClass()
                && !type.isLocalClass()
                && (outer == null || isVisible(outer));
    }

    private static boolean isVisible(int modifiers) {
        return (modifiers & (Modifier.PUBLIC | Modifier.PROTECTED)) != 0;
    }

    private static Stream<String> linesOf(Class<?> type) {
        Stream<String> members = Stream.of(
                        described(type.getDeclaredFields(), field -> field.toGenericString()),
                        described(type.getDeclaredConstructors(), constructor -> constructor.toGenericString()),
                        described(type.getDeclaredMethods(), method -> method.toGenericString()))
                .flatMap(Function.identity());
        return Stream.concat(Stream.of("", describe(type)), members).map(PublicApiTest::shortened);
    }

    private static <M extends Member> Stream<String> described(M[] members, Function<M, String> describe) {
        return Stream.of(members)
                .filter(member -> isVisible(member.getModifiers()) && !member.isSynthetic())
                .map(describe)
                .map(line -> "    " + line.replace("synchronized ", ""))
                .sorted();
    }

    private static String describe(Class<?> type) {
        String kind = type.isAnnotation()
                ? "@interface"
                : type.isInterface() ? "interface" : type.isEnum() ? "enum" : type.isRecord() ? "record" : "class";
        int modifiers = type.getModifiers() & SAID & (type.isInterface() ? ~IMPLIED_OF_INTERFACES : ~0);
        return Modifier.toString(modifiers)
                + (type.isSealed() ? " sealed " : " ")
                + kind + " " + type.getTypeName()
                + list(" <", type.getTypeParameters(), TypeVariable::getName, ">")
                + superclass(type)
                + list(" implements ", type.getGenericInterfaces(), Type::getTypeName, "");
    }

    private static String superclass(Class<?> type) {
        Type parent = type.getGenericSuperclass();
        return parent == null || parent == Object.class ? "" : " extends " + parent.getTypeName();
    }

    private static <T> String list(String before, T[] all, Function<T, String> describe, String after) {
        return all.length == 0 ? "" : Stream.of(all).map(describe).collect(Collectors.joining(", ", before, after));
    }

    private static String shortened(String line) {
        return line.replace("java.lang.", "").replace("io.github.consulresolver.", "");
    }
}
