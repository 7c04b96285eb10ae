# SPDX-License-Identifier: GPL-2.0-or-later
"""The benchmark of async-crypto runs, for a moment."""

import bench_async_crypto

pytestmark = bench_async_crypto.pytestmark


def test_throughput(gw, alice, monkeypatch):
    monkeypatch.setattr(bench_async_crypto, "SECONDS", 0.2)
    monkeypatch.setattr(bench_async_crypto, "ROUNDS", 1)
    bench_async_crypto.test_throughput(gw, alice,
                                       *bench_async_crypto.ALGORITHMS[0])
