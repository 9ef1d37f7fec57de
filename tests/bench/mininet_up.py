# SPDX-License-Identifier: GPL-3.0-or-later
"""Mininet's way to COUNT hosts on one Linux bridge: prints "UP DOWN", seconds each took.

mininet_up.py COUNT; needs root, Debian's mininet and brctl (bridge-utils)."""
import logging
import sys
import time

from mininet.log import lg
from mininet.net import Mininet
from mininet.nodelib import LinuxBridge
from mininet.topo import SingleSwitchTopo

lg.setLevel(logging.ERROR)
began = time.monotonic()
net = Mininet(topo=SingleSwitchTopo(int(sys.argv[1])), switch=LinuxBridge, controller=None,
              autoSetMacs=True, autoStaticArp=True)
net.start()
up = time.monotonic()
if "0% packet loss" not in net.hosts[0].cmd("ping -c 1 -W 2 %s" % net.hosts[-1].IP()):
    sys.exit("its hosts do not reach each other")
pinged = time.monotonic()
net.stop()
print("%.6f %.6f" % (up - began, time.monotonic() - pinged))
