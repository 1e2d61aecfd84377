# stepdown before stepdown-it/wrap-onbuild, as docker/wrap printed it. Read the comments, then: docker build -t NAME - <Dockerfile
ARG STEPDOWN=stepdown:jvm
FROM ${STEPDOWN} AS stepdown

FROM stepdown-it/wrap-onbuild
# Its ONBUILD instructions run here, in this build, with the files beside this Dockerfile (build . in place of -):
#   "RUN echo \"built \\$HOME\" >/built"
#   "LABEL built=yes"
USER 0
COPY --from=stepdown /opt/stepdown /opt/stepdown
RUN ["/opt/stepdown/bin/stepdown", "--version"]
# The user with the name of its command: 1:1 today. By name, as the row may have other ids in a newer base; docker exec and probes need --default-user daemon as well.
# /start seems to change the user by itself, which a user cannot: have it start its program without that.
# What else does it write? "docker diff CONTAINER" tells of one that has run; each folder wants "--writable", "/folder", before the "--".
ENTRYPOINT ["/opt/stepdown/bin/stepdown", "--default-user", "daemon", "--", "/start"]
CMD ["daemon"]
