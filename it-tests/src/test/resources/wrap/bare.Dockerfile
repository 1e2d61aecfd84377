# stepdown before stepdown-it/wrap-bare, as docker/wrap printed it. Read the comments, then: docker build -t NAME - <Dockerfile
ARG STEPDOWN=stepdown:native
FROM ${STEPDOWN} AS stepdown

FROM stepdown-it/wrap-bare
USER 0
COPY --from=stepdown /opt/stepdown /opt/stepdown
RUN ["/opt/stepdown/bin/stepdown", "--version"]
# Which user? The image names none: PING_CONTAINER_UID and _GID, or --default-user NAME here and in the HEALTHCHECK, else it is 9031:9999.
# What else does it write? "docker diff CONTAINER" tells of one that has run; each folder wants "--writable", "/folder", before the "--".
ENTRYPOINT ["/opt/stepdown/bin/stepdown", "--"]
# Which command? The image has none: CMD ["..."], or docker run IMAGE COMMAND.
