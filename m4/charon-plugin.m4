dnl SPDX-License-Identifier: GPL-2.0-or-later
dnl
dnl CHARON_PLUGIN(NAME, DESCRIPTION)
dnl
dnl Declare the plugin in plugins/NAME, enabled unless --disable-NAME is given.
AC_DEFUN([CHARON_PLUGIN], [
AC_ARG_ENABLE([$1],
	[AS_HELP_STRING([--disable-$1], [don't build the plugin: $2])],
	[], [enable_[]m4_translit([$1], [-], [_])=yes])
AM_CONDITIONAL([PLUGIN_]m4_translit([$1], [a-z-], [A-Z_]),
	[test "x$enable_[]m4_translit([$1], [-], [_])" = xyes])
AM_COND_IF([PLUGIN_]m4_translit([$1], [a-z-], [A-Z_]),
	[charon_plugins="$charon_plugins $1"])
AC_CONFIG_FILES([plugins/$1/Makefile])
])
