/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "host_check.h"

#include <dlfcn.h>
#include <link.h>

#ifdef ME
#define BUILT_WITH_ME TRUE
#else
#define BUILT_WITH_ME FALSE
#endif

/**
 * May this byte stand before or after a version string?
 */
static bool is_boundary(u_char c)
{
	return c == '\0' || c == ' ' || c == ',' || c == '\n' || c == ')';
}

bool host_check_image(chunk_t image, const char *version)
{
	size_t len = strlen(version);
	u_char *pos;

	while (image.len > len &&
		   (pos = memmem(image.ptr, image.len - 1, version, len)))
	{
		if ((pos == image.ptr || is_boundary(pos[-1])) &&
			is_boundary(pos[len]))
		{
			return TRUE;
		}
		image = chunk_skip(image, pos + 1 - image.ptr);
	}
	return FALSE;
}

/**
 * Look for the version in the main program, which is the first object listed:
 * no library of a 5.9 host exports or contains its version.
 */
static int search_program(struct dl_phdr_info *info, size_t size, void *found)
{
	const ElfW(Phdr) *hdr;
	int i;

	for (i = 0; i < info->dlpi_phnum; i++)
	{
		hdr = &info->dlpi_phdr[i];
		if (hdr->p_type == PT_LOAD && (hdr->p_flags & PF_R) &&
			!(hdr->p_flags & PF_W) &&
			host_check_image(chunk_create(
					(u_char*)info->dlpi_addr + hdr->p_vaddr, hdr->p_filesz),
					VERSION))
		{
			*(bool*)found = TRUE;
		}
	}
	return 1;
}

/**
 * Compare a compile time option with the running libcharon, by a function
 * that it only has with the option enabled.
 */
static bool check_feature(const char *plugin, const char *feature,
						  const char *symbol, bool built)
{
	bool running = dlsym(RTLD_DEFAULT, symbol) != NULL;

	if (running != built)
	{
		DBG1(DBG_LIB, "%s: built for a strongSwan %s %s, this daemon was "
			 "built %s: not loading, rebuild the plugin against this daemon",
			 plugin, built ? "with" : "without", feature,
			 running ? "with it" : "without it");
		return FALSE;
	}
	return TRUE;
}

bool host_check(const char *plugin)
{
	bool found = FALSE;

	dl_iterate_phdr(search_program, &found);
	if (!found)
	{
		DBG1(DBG_LIB, "%s: built for strongSwan " VERSION ", this daemon is "
			 "another version (its --version tells): not loading, install the "
			 "plugin built for it", plugin);
		return FALSE;
	}
	return check_feature(plugin, "mediation (ME)", "connect_manager_create",
						 BUILT_WITH_ME) &&
		   check_feature(plugin, "IKEv1", "main_mode_create",
						 HOST_IKEV1);
}
