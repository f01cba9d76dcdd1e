// SPDX-License-Identifier: Apache-2.0
// peer_simdjson FILE: how fast simdjson alone parses the chain, without a hash.
#include <simdjson.h>

#include <chrono>
#include <cstdio>

int main(int argc, char **argv)
{
    if (argc < 2) return 2;
    const auto text = simdjson::padded_string::load(argv[1]).value();
    simdjson::dom::parser parser;
    const int passes = 50;
    size_t receipts = 0;
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < passes; i++) receipts += simdjson::dom::array(parser.parse(text)).size();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    std::printf("parse simdjson %.6g receipts/s\n", static_cast<double>(receipts) / took.count());
    return 0;
}
