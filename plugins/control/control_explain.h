/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file control_explain.h
 * What the plugins say about somebody who may connect.
 */

#ifndef CONTROL_EXPLAIN_H_
#define CONTROL_EXPLAIN_H_

#include <offer.h>

/**
 * Implementation of offer_command_t.run: explain.
 */
void control_explain(void *data, settings_t *request, control_out_t *out,
					 option_errors_t *errors);

#endif /** CONTROL_EXPLAIN_H_ */
