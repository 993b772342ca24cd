"""Asks a real server, over plain HTTP and over its websocket, exactly what a test says."""

import asyncio
import http.client
import json
import re

from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.websocket import websocket_connect


def ask(server, path, headers=None, method="GET"):
    """Ask for exactly this path: no client in between tidies it up."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request(method, path, headers=headers or {})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer, body


def token_of(server, path="/step"):
    return re.search(rb'"token":\s*"([^"]+)"', ask(server, path)[1]).group(1).decode()


def connect(server, token, origin, path="/step"):
    """Open a websocket and return what happens: the first message, "closed", or the status of the refusal."""

    async def attempt():
        headers = {"Origin": origin} if origin else {}
        request = HTTPRequest(f"ws://127.0.0.1:{server.port}{path}/ws", headers=headers)
        try:
            opened = await websocket_connect(request, subprotocols=["bokeh", token])
        except HTTPClientError as refused:
            return refused.code
        said = await opened.read_message()
        opened.close()
        return json.loads(said)["msgtype"] if said else "closed"

    return asyncio.run(attempt())
