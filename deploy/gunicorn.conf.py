"""How gunicorn serves pages, the API and callbacks, behind the proxy (deploy/proxy).

The proxy hands over whole requests and takes whole answers, so a thread is never busy
with a slow client. `--bind` on the command line wins over what stands here.
"""

bind = "0.0.0.0:8000"

worker_class = "gthread"
workers = 2
# No more than a process has database connections (PPOB_POOL_SIZE, 10 unless set): then
# every thread gets one, and health checks are answered from the same threads.
threads = 8
worker_tmp_dir = (
    "/dev/shm"  # a disk that is busy must not look like a worker that hangs
)

# The product alone decides whom to believe (PPOB_PROXY_HOPS, security/origin.py).
forwarded_allow_ips = ""

# The proxy opens a connection per request: there is none to be closed in its face.
keepalive = 0

# A worker whose main loop does not turn for so long is ended and replaced.
timeout = 60
# What is being served when the service stops may end; compose waits five seconds more.
graceful_timeout = 25

# Memory that some library never gives back is given back by a new worker.
max_requests = 5000
max_requests_jitter = 500

# As narrow as the proxy's own (large_client_header_buffers).
limit_request_line = 8190
limit_request_field_size = 8190
limit_request_fields = 60

# Nobody needs to talk to it while it runs, and the disk is read-only.
control_socket_disable = True
