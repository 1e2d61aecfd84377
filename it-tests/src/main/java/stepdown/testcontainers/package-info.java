/**
 * For those who test images with stepdown in them: {@link stepdown.testcontainers.Stepdown#product() waits} until
 * process 1 of a container has become the product, and {@link stepdown.testcontainers.Stepdown#assertThat asserts} what
 * it may do.
 */
package stepdown.testcontainers;
