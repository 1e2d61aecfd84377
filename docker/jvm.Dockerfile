# stepdown:jvm, the image that others take /opt/stepdown from: nothing else is in it. Built from the source alone:
#
#   docker build -t stepdown:jvm -f docker/jvm.Dockerfile .
#
# With "docker buildx build --platform linux/amd64,linux/arm64" each folder is built on its own platform, which an engine may emulate.
#
# A Debian or Ubuntu with a JDK 25; what its JDK needs of glibc, the folder needs.
ARG JDK_IMAGE=eclipse-temurin:25.0.3_9-jdk-noble

FROM ${JDK_IMAGE} AS build
RUN case $(uname -m) in x86_64 | aarch64) ;; *) echo "stepdown runs on amd64 and arm64, and there is no folder of it for $(uname -m)" >&2; exit 1 ;; esac
RUN apt-get update \
    && apt-get install -y --no-install-recommends binutils gcc libc6-dev maven \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY maven pom.xml ./
COPY src src
# The newest glibc that the folder may need, or "any".
ARG FLOOR=2.28
# It ends with a start, which a folder of another architecture or of another C library, or half a one, does not come through.
RUN TRAIN_IN_PLACE=yes ./maven -B -ntp package -Dmaven.test.skip=true -Dstepdown.floor=${FLOOR}

FROM scratch
LABEL org.opencontainers.image.title="stepdown (JVM flavour)" \
    org.opencontainers.image.description="The entrypoint of a container that starts as root: steps down and becomes the product. Take /opt/stepdown." \
    org.opencontainers.image.version="1.0.0" \
    org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /src/target/stepdown /opt/stepdown
