// SPDX-License-Identifier: Apache-2.0
#include "instances.h"

#include "crypto.h"

struct frame_span instances_identity(void)
{
    static const uint8_t identity[] = "alice.frame";
    return (struct frame_span){identity, sizeof identity - 1};
}

struct frame_instance *instances_new(const struct frame_crypto *crypto, uint64_t now_ms,
                                     bool discovery)
{
    struct frame_instance *instance;
    struct frame_instance_config config;
    frame_instance_config_init(&config);
    config.crypto = crypto;
    config.allocator = fuzz_allocator();
    config.identity = instances_identity();
    config.identity_secret = *crypto_secret(0);
    config.transport_secret = *crypto_secret(INSTANCES_TRANSPORT);
    config.jitter_seed = 1;
    config.discovery = discovery;
    FUZZ_CHECK(frame_instance_new(&instance, &config, now_ms) == FRAME_OK);
    return instance;
}
