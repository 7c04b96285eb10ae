/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file pcsc_token_readers.h
 * From what pcscd says to what happened: cards inserted and removed, outages
 * of pcscd. Pure: the time is passed in, nothing is done or logged.
 *
 * An outage is no removal. What is known of the cards is kept, and once pcscd
 * is back each of them is either found again, or gone. As readers turn up one
 * by one after a start of pcscd, a card has some time to be found.
 */

#ifndef PCSC_TOKEN_READERS_H_
#define PCSC_TOKEN_READERS_H_

#include "pcsc_token_message.h"

#include <library.h>

typedef struct pcsc_token_readers_t pcsc_token_readers_t;
typedef struct pcsc_token_reader_t pcsc_token_reader_t;
typedef struct pcsc_token_event_t pcsc_token_event_t;
typedef enum pcsc_token_event_type_t pcsc_token_event_type_t;

/**
 * How long a card may take to be found after an outage, in ms.
 */
#define PCSC_TOKEN_SETTLE_TIME 5000

/**
 * Longest name of a reader, in bytes with the NUL: pcsc-lite's MAX_READERNAME.
 */
#define PCSC_TOKEN_READER_NAME_LEN 128

/**
 * Room for any name of a reader as it is logged, each byte may take four.
 */
#define PCSC_TOKEN_PRINTABLE_LEN 512

/**
 * Largest number of readers: pcscd's own limit.
 */
#define PCSC_TOKEN_READERS_MAX 16

/**
 * Largest answer to reset of a card, ISO/IEC 7816-3.
 */
#define PCSC_TOKEN_ATR_LEN 33

/**
 * State of a reader.
 */
struct pcsc_token_reader_t {
	char name[PCSC_TOKEN_READER_NAME_LEN];
	/** whether there is a card in it */
	bool present;
	/** whether somebody has it for himself, and all others have to wait */
	bool held;
	/** pcscd's count of insertions and removals, since it was started */
	uint32_t changes;
	/** the card's answer to reset */
	uint8_t atr[PCSC_TOKEN_ATR_LEN];
	size_t atr_len;
};

/**
 * What happened.
 */
enum pcsc_token_event_type_t {
	/** there is no pcscd to ask anymore, or never was; reason is set */
	PCSC_TOKEN_OUTAGE,
	/** it is back, or there for the first time; duration is set */
	PCSC_TOKEN_RECOVERED,
	/** a card was inserted in a reader; held is set */
	PCSC_TOKEN_INSERTED,
	/** somebody took a card for himself, or released it; held is set */
	PCSC_TOKEN_HELD,
	/** the card was removed; unsure is set */
	PCSC_TOKEN_REMOVED,
	/** there is a card again after an outage, maybe another one of the same
	 * kind */
	PCSC_TOKEN_FOUND_AGAIN,
	/** what was there before an outage is found again by now, or removed */
	PCSC_TOKEN_SETTLED,
};

struct pcsc_token_event_t {
	pcsc_token_event_type_t type;
	/** name of the reader */
	char reader[PCSC_TOKEN_READER_NAME_LEN];
	/** PCSC_TOKEN_OUTAGE: why, static or valid until the next call */
	const char *reason;
	/** PCSC_TOKEN_RECOVERED: since when it was away, in ms; 0 at first */
	uint64_t duration;
	/** PCSC_TOKEN_REMOVED: whether it isn't where it was before an outage, but
	 * may be elsewhere, as readers may have other names now */
	bool unsure;
	/** PCSC_TOKEN_INSERTED, PCSC_TOKEN_HELD: whether somebody has it for
	 * himself */
	bool held;
};

/**
 * Keeps track of readers. Not thread-safe.
 */
struct pcsc_token_readers_t {

	/**
	 * pcscd told the state of all readers.
	 *
	 * @param states	pcsc_token_reader_t, each name once
	 * @param count		number of them
	 * @param now		monotonic time, in ms
	 */
	void (*update)(pcsc_token_readers_t *this,
				   const pcsc_token_reader_t *states, u_int count,
				   uint64_t now);

	/**
	 * There is no pcscd to ask, or it doesn't answer.
	 *
	 * @param reason	why
	 * @param now		monotonic time, in ms
	 */
	void (*lost)(pcsc_token_readers_t *this, const char *reason,
				 uint64_t now);

	/**
	 * Get the next thing that happened, in order.
	 *
	 * @param event		gets it
	 * @return			FALSE if there is nothing more
	 */
	bool (*next)(pcsc_token_readers_t *this, pcsc_token_event_t *event);

	/**
	 * Destroy a pcsc_token_readers_t.
	 */
	void (*destroy)(pcsc_token_readers_t *this);
};

/**
 * Create an object that knows of no readers and hasn't heard of pcscd.
 */
pcsc_token_readers_t *pcsc_token_readers_create(void);

/**
 * Escape what isn't printable in the name of a reader, which a USB device
 * chooses.
 *
 * @param name		name
 * @param buf		where to write it to
 * @return			buf
 */
const char *pcsc_token_printable(const char *name,
								 char buf[PCSC_TOKEN_PRINTABLE_LEN]);

/**
 * Read the states of readers from a message of the helper that watches.
 *
 * @param message	message of type PCSC_TOKEN_READERS
 * @param states	room for PCSC_TOKEN_READERS_MAX
 * @param count		gets their number
 * @return			FALSE if the message isn't valid
 */
bool pcsc_token_readers_parse(pcsc_token_message_t *message,
							  pcsc_token_reader_t *states, u_int *count);

#endif /** PCSC_TOKEN_READERS_H_ */
