package stepdown.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CapabilityTest {
    @Test
    void capabilities_have_the_kernels_numbers_and_names() {
        assertThat(Capability.SETPCAP.number()).isEqualTo(8);
        assertThat(Capability.NET_BIND_SERVICE.number()).isEqualTo(10);
        assertThat(Capability.SYS_ADMIN.number()).isEqualTo(21);
        assertThat(Capability.CHECKPOINT_RESTORE.number()).isEqualTo(40);
        for (Capability capability : Capability.values()) {
            assertThat(Capability.named(capability.name())).isEqualTo(capability);
            assertThat(Capability.names(capability.bit())).isEqualTo(capability.name());
        }
        assertThat(Capability.named("cap_Net_Bind_Service")).isEqualTo(Capability.NET_BIND_SERVICE);
        assertThat(Capability.named("NET_BIND")).isNull();
        assertThat(Capability.names(1L << 10 | 1L << 45)).isEqualTo("NET_BIND_SERVICE,45");
    }

    @Test
    void those_that_amount_to_root_are_these() {
        assertThat(Capability.values())
                .filteredOn(Capability::amountsToRoot)
                .extracting(Capability::name)
                .containsExactly(
                        "CHOWN",
                        "DAC_OVERRIDE",
                        "DAC_READ_SEARCH",
                        "FOWNER",
                        "SETGID",
                        "SETUID",
                        "SETPCAP",
                        "SYS_MODULE",
                        "SYS_RAWIO",
                        "SYS_PTRACE",
                        "SYS_ADMIN",
                        "MKNOD",
                        "SETFCAP",
                        "BPF");
    }
}
