// SPDX-License-Identifier: Apache-2.0
// peer_ns3: the flood of bench_flood on ns-3's scheduler alone: each of 100 messages is sent on when it comes.
#include <ns3/core-module.h>

#include <chrono>
#include <cstdint>
#include <cstdio>

static const uint64_t deliveries = 1000000;
static uint64_t delivered;

static void deliver(uint64_t token)
{
    if (++delivered >= deliveries) {
        ns3::Simulator::Stop();
        return;
    }
    token = token * 6364136223846793005u + 1442695040888963407u;
    ns3::Simulator::Schedule(ns3::MicroSeconds(10000 + (token >> 44) % 10000), &deliver, token);
}

int main()
{
    for (uint64_t i = 0; i < 100; i++) ns3::Simulator::Schedule(ns3::MicroSeconds(i), &deliver, i);
    const auto begin = std::chrono::steady_clock::now();
    ns3::Simulator::Run();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    std::printf("flood ns-3 %.6g messages/s\n", static_cast<double>(deliveries) / took.count());
    ns3::Simulator::Destroy();
    return 0;
}
