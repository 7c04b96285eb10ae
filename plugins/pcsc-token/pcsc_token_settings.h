/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file pcsc_token_settings.h
 * Settings of the plugin: charon.plugins.pcsc-token in strongswan.conf.
 */

#ifndef PCSC_TOKEN_SETTINGS_H_
#define PCSC_TOKEN_SETTINGS_H_

#include <options.h>
#include <glob_list.h>

typedef struct pcsc_token_settings_t pcsc_token_settings_t;
typedef struct pcsc_token_t pcsc_token_t;
typedef enum pcsc_token_removal_t pcsc_token_removal_t;

/**
 * What happens to IKE_SAs when the card that authenticated them is removed.
 */
enum pcsc_token_removal_t {
	PCSC_TOKEN_REMOVAL_NONE,
	PCSC_TOKEN_REMOVAL_TERMINATE,
};

/**
 * A key on a card that is used whenever the card is in a reader.
 */
struct pcsc_token_t {
	options_section_t section;
	/** readers to look at */
	glob_list_t *readers;
	/** path of the PKCS#11 module */
	char *module;
	/** slot of the module, OPTION_UNSET to go by the reader's name */
	uint32_t slot;
	/** CKA_ID of key and certificate, in hex */
	char *handle;
	/** PIN, or where to read it from; both NULL if there is none */
	char *pin;
	char *pin_file;
	/** pin, which is NULL then, XORed with pad, so that it isn't in memory as
	 * it is; get it by pcsc_token_get_pin() */
	chunk_t hidden;
	chunk_t pad;
	/** whether to use the card's certificate */
	bool load_cert;
	/** a pcsc_token_removal_t */
	int on_removal;
	/** connections to initiate, NULL if there are none */
	glob_list_t *initiate;
};

struct pcsc_token_settings_t {
	options_head_t head;
	/** command that starts pcscd, NULL if there is none */
	char *start_command;
	/** seconds to wait for it */
	uint32_t start_timeout;
	/** seconds between two looks at the list of readers */
	uint32_t poll_interval;
	/** a pcsc_token_removal_t */
	int on_removal;
	/** seconds a card may be away before that counts as a removal */
	uint32_t removal_delay;
	/** path of the helper program */
	char *helper;
	/** of pcsc_token_t */
	options_sections_t tokens;
};

/**
 * Largest number of tokens.
 */
#define PCSC_TOKEN_TOKENS_MAX 64

/**
 * Options of charon.plugins.pcsc-token.
 */
extern const options_schema_t pcsc_token_schema;

/**
 * Get the PIN that the settings have for a token.
 *
 * @return			PIN, to be wiped by chunk_clear(); chunk_empty if none
 */
chunk_t pcsc_token_get_pin(const pcsc_token_t *token);

/**
 * Find out who a token's key on the card in a reader belongs to: the first
 * token in the file that is for this reader and names the same key (handle,
 * module and slot) has it. A card may hold several keys.
 *
 * @param settings		settings
 * @param token			one of its tokens
 * @param reader		name of the reader
 * @return				NULL if token isn't for this reader, token itself if
 *						it gets the key, else the one that has it
 */
pcsc_token_t *pcsc_token_claim(const pcsc_token_settings_t *settings,
							   pcsc_token_t *token, const char *reader);

#endif /** PCSC_TOKEN_SETTINGS_H_ */
