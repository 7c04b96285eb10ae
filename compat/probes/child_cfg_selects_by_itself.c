/* SPDX-License-Identifier: GPL-2.0-or-later */

/* 6.0.2 and later: get_traffic_selectors() no longer selects some, nor logs */

#include <config/child_cfg.h>

void probe(child_cfg_t *cfg)
{
#ifdef PROBE
	cfg->get_traffic_selectors(cfg, TRUE, NULL);
#else
	cfg->get_traffic_selectors(cfg, TRUE, NULL, NULL, FALSE);
#endif
}
