# stepdown before stepdown-it/wrap-postgres, as docker/wrap printed it. Read the comments, then: docker build -t NAME - <Dockerfile
ARG STEPDOWN=stepdown:jvm
FROM ${STEPDOWN} AS stepdown

FROM stepdown-it/wrap-postgres
USER 0
COPY --from=stepdown /opt/stepdown /opt/stepdown
RUN ["/opt/stepdown/bin/stepdown", "--version"]
# The owner of /var/lib/postgresql/data: 998:998 today. By name, as the row may have other ids in a newer base; docker exec and probes need --default-user postgres as well.
ENV STEPDOWN_INIT_GROUPS=true
# /usr/local/bin/docker-entrypoint.sh asks who runs it: a user now, so that it leaves out what it does as root. The folders that it owns there want a --writable.
# What else does it write? "docker diff CONTAINER" tells of one that has run; each folder wants "--writable", "/folder", before the "--".
ENTRYPOINT ["/opt/stepdown/bin/stepdown", "--default-user", "postgres", "--writable", "/var/lib/postgresql/data", "--", "docker-entrypoint.sh"]
CMD ["postgres"]
