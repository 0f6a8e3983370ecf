"""Which address a phone is told: the Wi-Fi's, not a virtual machine's or a tunnel's."""

import ipaddress

import pytest

from sensortrack.web.addresses import lan_addresses, ranked

WIFI, CABLE = ("wlan0", "192.168.178.23"), ("eth0", "10.0.0.5")
DOCKER, TUNNEL, LOOP = ("docker0", "172.17.0.1"), ("tun0", "10.8.0.2"), ("lo", "127.0.0.1")


@pytest.mark.parametrize(
    ("found", "outward", "expected"),
    [
        ([LOOP, DOCKER, WIFI], "192.168.178.23", ["192.168.178.23", "172.17.0.1"]),
        ([TUNNEL, WIFI], "10.8.0.2", ["192.168.178.23", "10.8.0.2"]),
        ([WIFI, CABLE], "10.0.0.5", ["10.0.0.5", "192.168.178.23"]),
        ([("eth0", "8.8.4.4"), WIFI], None, ["192.168.178.23", "8.8.4.4"]),
        ([("vEthernet (WSL)", "172.20.0.1"), ("Wi-Fi", "192.168.1.4")], "192.168.1.4", ["192.168.1.4", "172.20.0.1"]),
        ([LOOP, ("en5", "169.254.3.4")], None, []),
        ([], None, []),
        ([WIFI, WIFI], None, ["192.168.178.23"]),
    ],
)
def test_the_likeliest_comes_first(found, outward, expected):
    assert ranked(found, outward) == expected


def test_this_computer_s_are_addresses():
    for address in lan_addresses():
        assert not ipaddress.ip_address(address).is_loopback
