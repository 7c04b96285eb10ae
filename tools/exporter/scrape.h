/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file scrape.h
 * What "swanadv metrics" prints.
 */

#ifndef SCRAPE_H_
#define SCRAPE_H_

#include <stddef.h>

/**
 * Milliseconds for which what was printed is answered to others: so a hundred
 * who ask at once cost as much as one.
 */
#define SCRAPE_AGE 1000

/**
 * Bytes of it at most.
 */
#define SCRAPE_MAX (16 * 1024 * 1024)

/**
 * Milliseconds that swanadv may take. It gives up a charon that hangs long
 * before, and is killed if it hangs itself.
 */
#define SCRAPE_TIMEOUT 20000

/**
 * Get what swanadv prints, which says so itself if charon is away, and ends by
 * itself if that hangs. One runs at a time, others wait for what it prints.
 *
 * @param swanadv		path of the program
 * @param socket		its option --socket, NULL for none
 * @param len			gets the length
 * @return				allocated text, NULL if there is none, after saying why
 */
char *scrape(const char *swanadv, const char *socket, size_t *len);

#endif /** SCRAPE_H_ */
