package stepdown.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.yaml.snakeyaml.Yaml;

/**
 * The Kubernetes manifests have no field that Kubernetes does not know, and no value of another type; what they say
 * fits together.
 */
class ManifestsTest {
    private static final ObjectMapper MODELS = new ObjectMapper();
    private static final Map<String, Class<? extends HasMetadata>> KINDS = Map.of(
            "v1 Namespace", Namespace.class,
            "v1 Service", Service.class,
            "v1 ConfigMap", ConfigMap.class,
            "apps/v1 Deployment", Deployment.class,
            "apps/v1 StatefulSet", StatefulSet.class);

    static List<Path> manifests() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("..", "docker", "kubernetes"))) {
            return files.filter(file -> file.toString().endsWith(".yaml")).toList();
        }
    }

    @ParameterizedTest
    @MethodSource("manifests")
    void every_field_is_known(Path manifest) throws IOException {
        assertThat(unknown(documents(manifest))).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("manifests")
    void a_service_finds_pods_and_all_are_in_a_namespace_with_its_level(Path manifest) throws IOException {
        List<HasMetadata> documents = documents(manifest);
        Namespace namespace = (Namespace) documents.getFirst();
        boolean restricted = manifest.endsWith("outside-in.yaml");
        assertThat(namespace.getMetadata().getLabels())
                .containsEntry("pod-security.kubernetes.io/enforce", restricted ? "restricted" : "baseline");
        List<HasMetadata> inside = documents.subList(1, documents.size());
        assertThat(inside)
                .extracting(one -> one.getMetadata().getNamespace())
                .containsOnly(namespace.getMetadata().getName());

        PodTemplateSpec pod = switch (documents.getLast()) {
            case StatefulSet set -> set.getSpec().getTemplate();
            case Deployment deployment -> deployment.getSpec().getTemplate();
            default -> throw new AssertionError("no pods in " + manifest);
        };
        Container nginx = pod.getSpec().getContainers().getFirst();
        assertThat(inside)
                .filteredOn(Service.class::isInstance)
                .extracting(one -> ((Service) one).getSpec())
                .singleElement()
                .satisfies(service -> {
                    assertThat(pod.getMetadata().getLabels()).containsAllEntriesOf(service.getSelector());
                    assertThat(service.getPorts().getFirst().getTargetPort().getIntVal())
                            .isEqualTo(nginx.getPorts().getFirst().getContainerPort());
                });
        Long uid = nginx.getSecurityContext().getRunAsUser();
        if (manifest.endsWith("inside-out.yaml")) {
            assertThat(uid).isZero();
        } else {
            assertThat(uid == null ? pod.getSpec().getSecurityContext().getRunAsUser() : uid)
                    .isEqualTo(9031);
        }
    }

    /** Anchors and aliases are resolved first, as Kubernetes does. */
    private static List<HasMetadata> documents(Path manifest) throws IOException {
        List<HasMetadata> documents = new ArrayList<>();
        for (Object document : new Yaml().loadAll(Files.readString(manifest))) {
            Map<?, ?> fields = (Map<?, ?>) document;
            String kind = fields.get("apiVersion") + " " + fields.get("kind");
            assertThat(KINDS).containsKey(kind);
            documents.add(MODELS.convertValue(document, KINDS.get(kind)));
        }
        return documents;
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
