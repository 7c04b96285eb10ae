/* SPDX-License-Identifier: GPL-2.0-or-later */

/* 6.0.2 and later: options of a connection are flags */

#include <config/peer_cfg.h>

int probe(peer_cfg_t *cfg)
{
#ifdef PROBE
	return cfg->has_option(cfg, 0);
#else
	return cfg->use_aggressive(cfg);
#endif
}
