package stepdown.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.yaml.snakeyaml.Yaml;

/** The Kubernetes manifests have no field that Kubernetes does not know, and no value of another type. */
class ManifestsTest {
    private static final ObjectMapper MODELS = new ObjectMapper();
    private static final Map<String, Class<?>> KINDS =
            Map.of("v1 PersistentVolumeClaim", PersistentVolumeClaim.class, "apps/v1 Deployment", Deployment.class);

    static List<Path> manifests() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("..", "docker", "kubernetes"))) {
            return files.filter(file -> file.toString().endsWith(".yaml")).toList();
        }
    }

    @ParameterizedTest
    @MethodSource("manifests")
    void every_field_is_known(Path manifest) throws IOException {
        int documents = 0;
        // Anchors and aliases are resolved first, as Kubernetes does.
        for (Object document : new Yaml().loadAll(Files.readString(manifest))) {
            Map<?, ?> fields = (Map<?, ?>) document;
            String kind = fields.get("apiVersion") + " " + fields.get("kind");
            assertThat(KINDS).containsKey(kind);
            assertThat(unknown(MODELS.convertValue(document, KINDS.get(kind)))).isEmpty();
            documents++;
        }
        assertThat(documents).isPositive();
    }

    /** The fields that the model has no place for, anywhere below. */
    private static List<String> unknown(@Nullable Object value) {
        if (value instanceof Collection<?> many) {
            return many.stream().flatMap(one -> unknown(one).stream()).toList();
        }
        if (value instanceof Map<?, ?> map) {
            return unknown(map.values());
        }
        if (value == null || !value.getClass().getPackageName().startsWith("io.fabric8")) {
            return List.of();
        }
        return Stream.of(value.getClass().getMethods())
                .filter(method -> method.getName().startsWith("get") && method.getParameterCount() == 0)
                .flatMap(method -> found(value, method).stream())
                .toList();
    }

    private static List<String> found(Object model, Method getter) {
        try {
            Object value = getter.invoke(model);
            return getter.getName().equals("getAdditionalProperties") && value instanceof Map<?, ?> map
                    ? map.keySet().stream()
                            .map(name -> model.getClass().getSimpleName() + "." + name)
                            .toList()
                    : unknown(value);
        } catch (ReflectiveOperationException e) {
            throw new UncheckedIOException(new IOException(e));
        }
    }
}
