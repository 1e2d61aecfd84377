# stepdown before stepdown-it/wrap-numbered, as docker/wrap printed it. Read the comments, then: docker build -t NAME - <Dockerfile
ARG STEPDOWN=stepdown:jvm
FROM ${STEPDOWN} AS stepdown

FROM stepdown-it/wrap-numbered
USER 0
COPY --from=stepdown /opt/stepdown /opt/stepdown
RUN ["/opt/stepdown/bin/stepdown", "--version"]
# USER 1001.
ENV PING_CONTAINER_UID=1001 PING_CONTAINER_GID=0
# It has these variables already, and stepdown obeys them: STEPDOWN_LOG
# What else does it write? "docker diff CONTAINER" tells of one that has run; each folder wants "--writable", "/folder", before the "--".
ENTRYPOINT ["/opt/stepdown/bin/stepdown", "--writable", "/with blank", "--writable", "/with\"quote", "--writable", "/with$dollar", "--writable", "/with\\\\backslash", "--", "/bin/bash", "-c", "exec tail -f '/dev/null' \"\\$HOME\" 2>/dev/null"]
HEALTHCHECK CMD ["/opt/stepdown/bin/stepdown", "--ownership", "off", "--log", "warn", "--", "/bin/bash", "-c", "[[ \"$(id -u)\" == 1001 ]] && echo \"\\\"quoted\\\" \\\\ <&>\""]
