package stepdown.ownership;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MountsTest {
    private static final String TABLE = """
        22 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard
        23 22 0:21 / /proc rw,nosuid shared:1 - proc proc rw
        24 22 0:22 / /mnt/ro ro,relatime master:1 propagate_from:2 - ext4 /dev/vdb rw
        25 22 0:23 / /mnt/dead rw,relatime - xfs /dev/vdc ro,attr2
        26 22 0:24 / /mnt/mapped rw,relatime,idmapped - ext4 /dev/vdd rw
        27 22 0:25 / /mnt/a\\040b rw - nfs4 server:/export rw,errors=ro
        28 22 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup rw
        """;
    private final Mounts mounts = Mounts.parse(TABLE);

    @ParameterizedTest
    @CsvSource({
        "22,true,true",
        "23,false,false",
        "24,false,true",
        "25,false,true",
        "26,true,false",
        "27,true,false",
        "28,false,false",
        "99,false,false"
    })
    void a_mount_is_entered_or_not_and_trusted_or_not(long id, boolean entered, boolean local) {
        assertThat(mounts.mayEnter(id, 0)).isEqualTo(entered);
        assertThat(mounts.isLocal(id, 0)).isEqualTo(local);
    }

    @Test
    void where_the_kernel_gives_no_number_the_device_tells() {
        long proc = 21L << 32;
        assertThat(mounts.isDevice(proc)).isTrue();
        assertThat(mounts.isDevice(77L << 32)).isFalse();
        assertThat(mounts.mayEnter(-1, proc)).isFalse();
        assertThat(mounts.mayEnter(-1, 254)).isTrue();
    }
}
