# stepdown before stepdown-it/wrap-nginx, as docker/wrap printed it. Read the comments, then: docker build -t NAME - <Dockerfile
ARG STEPDOWN=stepdown:jvm
FROM ${STEPDOWN} AS stepdown

FROM stepdown-it/wrap-nginx
USER 0
COPY --from=stepdown /opt/stepdown /opt/stepdown
RUN ["/opt/stepdown/bin/stepdown", "--version"]
# The user with the name of its command: 101:101 today. By name, as the row may have other ids in a newer base; docker exec and probes need --default-user nginx as well.
# /docker-entrypoint.sh runs as the user: does it do anything that only root can?
# What else does it write? "docker diff CONTAINER" tells of one that has run; each folder wants "--writable", "/folder", before the "--".
# Ports below 1024 (443 80): where the container's net.ipv4.ip_unprivileged_port_start is above them, "--keep-cap", "NET_BIND_SERVICE".
ENTRYPOINT ["/opt/stepdown/bin/stepdown", "--default-user", "nginx", "--", "/docker-entrypoint.sh"]
CMD ["nginx", "-f", "/dev/null"]
