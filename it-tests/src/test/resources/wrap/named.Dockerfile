# stepdown before stepdown-it/wrap-named, as docker/wrap printed it. Read the comments, then: docker build -t NAME - <Dockerfile
ARG STEPDOWN=stepdown:jvm
FROM ${STEPDOWN} AS stepdown

FROM stepdown-it/wrap-named
USER 0
COPY --from=stepdown /opt/stepdown /opt/stepdown
RUN ["/opt/stepdown/bin/stepdown", "--version"]
# USER app: 1000:2000 today. By name, as the row may have other ids in a newer base; docker exec and probes need --default-user app as well.
ENV PING_CONTAINER_GID=2000
# What else does it write? "docker diff CONTAINER" tells of one that has run; each folder wants "--writable", "/folder", before the "--".
# What begins with - goes to "/usr/local/bin/serve", as before; anything else is a command of its own (as sh), and was an argument of it.
ENTRYPOINT ["/opt/stepdown/bin/stepdown", "--default-user", "app", "--writable", "/store", "--default-command", "/usr/local/bin/serve", "--"]
CMD ["-f", "/dev/null"]
HEALTHCHECK --interval=1m30s --timeout=1m40s --start-period=3s --retries=2 CMD ["/opt/stepdown/bin/stepdown", "--default-user", "app", "--ownership", "off", "--log", "warn", "--", "id"]
