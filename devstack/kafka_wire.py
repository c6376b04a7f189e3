"""The one Kafka request that tells whether a broker serves: no client library needed."""

import socket
import struct

_API_VERSIONS = struct.pack(">hhih", 18, 0, 1, -1)  # key, version, correlation, no client id
_HEADER = struct.Struct(">ii")


def serves_kafka(port: int) -> bool:
    """Whether the server on this loopback port answers an ApiVersions request."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            connection.sendall(struct.pack(">i", len(_API_VERSIONS)) + _API_VERSIONS)
            answer = connection.recv(_HEADER.size, socket.MSG_WAITALL)
    except OSError:
        return False
    return len(answer) == _HEADER.size and _HEADER.unpack(answer)[1] == 1
