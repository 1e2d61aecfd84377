# stepdown before stepdown-it/wrap-redis, as docker/wrap printed it. Read the comments, then: docker build -t NAME - <Dockerfile
ARG STEPDOWN=stepdown:jvm
FROM ${STEPDOWN} AS stepdown

FROM stepdown-it/wrap-redis
USER 0
COPY --from=stepdown /opt/stepdown /opt/stepdown
RUN ["/opt/stepdown/bin/stepdown", "--version"]
# The owner of /data: 997:996 today. By name, as the row may have other ids in a newer base; docker exec and probes need --default-user redis as well.
# /usr/local/bin/docker-entrypoint.sh asks who runs it: a user now, so that it leaves out what it does as root. The folders that it owns there want a --writable.
# What else does it write? "docker diff CONTAINER" tells of one that has run; each folder wants "--writable", "/folder", before the "--".
ENTRYPOINT ["/opt/stepdown/bin/stepdown", "--default-user", "redis", "--writable", "/data", "--", "docker-entrypoint.sh"]
CMD ["redis-server", "-f", "/dev/null"]
HEALTHCHECK CMD ["/opt/stepdown/bin/stepdown", "--default-user", "redis", "--ownership", "off", "--log", "warn", "--", "/bin/sh", "-c", "test \"$(stat -c %U /data/started)\" = \"$(id -un)\" && echo \"as $(id -un)\""]
