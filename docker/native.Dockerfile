# stepdown:native, as docker/jvm.Dockerfile makes stepdown:jvm, of the source alone: one static file, for images with any C library, or none.
#
#   docker build -t stepdown:native -f docker/native.Dockerfile --build-arg GRAALVM_IMAGE=IMAGE .
#
# IMAGE is the GraalVM project's native-image-community for JDK 25 (such as 25.0.2-ol9), under the full name of the registry that you pull it from, best with a
# digest. Only its GraalVM is taken: the rest of the build is a Debian's or Ubuntu's, whose C library is linked in, from glibc 2.34 on.
ARG GRAALVM_IMAGE
ARG JDK_IMAGE=eclipse-temurin:25.0.3_9-jdk-noble
FROM ${GRAALVM_IMAGE} AS graalvm

FROM ${JDK_IMAGE} AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends gcc libc6-dev maven zlib1g-dev \
    && rm -rf /var/lib/apt/lists/*
# Where that image has it.
ARG GRAALVM=/usr/lib64/graalvm/graalvm-community-java25
COPY --from=graalvm ${GRAALVM} /opt/graalvm
ENV GRAALVM_HOME=/opt/graalvm
WORKDIR /src
COPY maven pom.xml ./
COPY src src
ARG FLOOR=2.28
RUN ./maven -B -ntp -Pnative package -Dmaven.test.skip=true -Dstepdown.floor=${FLOOR} && target/stepdown-native/bin/stepdown --version

FROM scratch
LABEL org.opencontainers.image.title="stepdown (native flavour)" \
    org.opencontainers.image.description="The entrypoint of a container that starts as root: steps down and becomes the product. Take /opt/stepdown." \
    org.opencontainers.image.version="1.0.0" \
    org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /src/target/stepdown-native /opt/stepdown
