# stepdown:native for those who have no native-image of their own: built in a GraalVM 25 image, kept as an image that
# holds nothing but /opt/stepdown. The context is the source alone:
#
#   git archive HEAD | docker build -t stepdown:native -f docker/native.Dockerfile --build-arg GRAALVM_IMAGE=IMAGE -
#
# IMAGE is the GraalVM project's "native-image-community", under the full name of the registry that you pull it from,
# best with a digest. Its tag chooses the oldest C library that the result runs on:
#   25-ol8    glibc 2.28: Debian 10, Ubuntu 20.04, RHEL 8 and all later ones. The one to take.
#   25-ol9    glibc 2.34: Debian 12, Ubuntu 22.04, RHEL 9 and later
#   25-ol10   glibc 2.39: Debian 13, Ubuntu 24.04, RHEL 10 and later
ARG GRAALVM_IMAGE
FROM ${GRAALVM_IMAGE} AS build
WORKDIR /src
# Maven and the plugins stay in the build's cache until the pom changes.
COPY mvnw pom.xml ./
RUN ./mvnw -q --version
COPY src src
RUN ./mvnw -q -Pnative package -DskipTests

FROM scratch
COPY --from=build /src/target/stepdown-native /opt/stepdown
