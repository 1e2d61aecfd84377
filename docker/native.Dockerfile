# stepdown:native for those who have no native-image of their own: built in a GraalVM 25 image, kept as an image that
# holds nothing but /opt/stepdown. The context is the source alone:
#
#   git archive HEAD | docker build -t stepdown:native -f docker/native.Dockerfile --build-arg GRAALVM_IMAGE=IMAGE -
#
# IMAGE is the GraalVM project's "native-image-community:25-ol9", under the full name of the registry that you pull it
# from, best with a digest. The result is one static file: it runs on images with any C library, an older one, or none.
ARG GRAALVM_IMAGE
ARG MAVEN_IMAGE=maven:3-eclipse-temurin-25
FROM ${MAVEN_IMAGE} AS maven

FROM ${GRAALVM_IMAGE} AS build
# The C library to link in; glibc 2.34 is the oldest that has every function that stepdown calls.
RUN microdnf -y --enablerepo=ol9_codeready_builder install glibc-static zlib-static
# The release's own Maven is too old.
COPY --from=maven /usr/share/maven /usr/share/maven
ENV MAVEN_HOME=/usr/share/maven
WORKDIR /src
COPY mvnw pom.xml ./
COPY src src
RUN ./mvnw -q -Pnative package -DskipTests

FROM scratch
COPY --from=build /src/target/stepdown-native /opt/stepdown
