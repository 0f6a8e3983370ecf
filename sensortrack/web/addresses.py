"""By which of its addresses another device in the same room reaches this computer."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable

import ifaddr

_VIRTUAL = (
    "docker", "br-", "veth", "virbr", "vmnet", "vboxnet", "vethernet", "virtualbox", "vmware", "hyper-v", "lxc", "lxd",
    "cni", "flannel", "podman", "tun", "tap", "wg", "utun", "ppp", "tailscale", "zerotier", "zt", "wireguard",
)  # fmt: skip
"""Beginnings of names of interfaces that lead to machines inside this one, or far away (VPN), not to the Wi-Fi."""


def lan_addresses() -> list[str]:
    """Give this computer's IPv4 addresses that a phone may reach, the likeliest first; none without a network."""
    found = [(adapter.nice_name, str(ip.ip)) for adapter in ifaddr.get_adapters() for ip in adapter.ips if ip.is_IPv4]
    return ranked(found, _outward())


def ranked(found: Iterable[tuple[str, str]], outward: str | None) -> list[str]:
    """Put (interface, address) pairs in order.

    Parameters
    ----------
    outward
        The address that this computer uses towards the internet; None without such a way.
    """
    usable = [(name, address) for name, address in found if _is_usable(address)]
    usable.sort(
        key=lambda each: (_is_virtual(each[0]), each[1] != outward, not ipaddress.ip_address(each[1]).is_private)
    )
    return list(dict.fromkeys(address for _, address in usable))


def _is_usable(address: str) -> bool:
    ip = ipaddress.ip_address(address)
    return not (ip.is_loopback or ip.is_link_local or ip.is_unspecified)


def _is_virtual(name: str) -> bool:
    return name.lower().startswith(_VIRTUAL)


def _outward() -> str | None:
    """Ask the routing table: connecting a datagram socket sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        try:
            asking.connect(("192.0.2.1", 9))  # an address for documentation (RFC 5737)
        except OSError:
            return None
        return str(asking.getsockname()[0])
