// SPDX-License-Identifier: Apache-2.0
// peer_simgrid: the flood of bench_flood in SimGrid: 100 hosts, each of which sends each message that it gets on to another one.
#include <simgrid/s4u.hpp>

#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

namespace sg = simgrid::s4u;

static const int peers = 100;
static const int hops = 1000;

static void peer(int number)
{
    sg::Mailbox *own = sg::Mailbox::by_name(std::to_string(number));
    sg::Mailbox *next = sg::Mailbox::by_name(std::to_string((number * 31 + 7) % peers));
    static int token;
    own->set_receiver(sg::Actor::self());
    next->put_init(&token, 64)->detach();
    for (int i = 0; i < hops; i++) {
        own->get<int>();
        if (i + 1 < hops) next->put_init(&token, 64)->detach();
    }
}

int main(int argc, char **argv)
{
    sg::Engine engine(&argc, argv);
    sg::NetZone *zone = sg::create_full_zone("world");
    std::vector<sg::Host *> hosts;
    for (int i = 0; i < peers; i++) hosts.push_back(zone->create_host("host" + std::to_string(i), 1e9));
    const sg::Link *link = zone->create_link("link", 1e9)->set_latency(0.01)->seal();
    for (sg::Host *a : hosts)
        for (sg::Host *b : hosts)
            if (a != b) zone->add_route(a->get_netpoint(), b->get_netpoint(), nullptr, nullptr, {sg::LinkInRoute(link)}, false);
    zone->seal();
    for (int i = 0; i < peers; i++) sg::Actor::create("peer", hosts[static_cast<size_t>(i)], peer, i);
    const auto begin = std::chrono::steady_clock::now();
    engine.run();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    std::printf("flood simgrid %.6g messages/s\n", peers * static_cast<double>(hops) / took.count());
    return 0;
}
