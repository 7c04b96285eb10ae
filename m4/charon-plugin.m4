dnl SPDX-License-Identifier: GPL-2.0-or-later
dnl
dnl CHARON_PLUGIN(NAME, DESCRIPTION, [HAVE, LIBRARY])
dnl
dnl Declare the plugin in plugins/NAME, enabled unless --disable-NAME is given.
dnl If it needs a library, HAVE is the shell variable that is yes if that was
dnl found, and LIBRARY its name; without it the plugin isn't built, which the
dnl summary says.
AC_DEFUN([CHARON_PLUGIN], [
AC_ARG_ENABLE([$1],
	[AS_HELP_STRING([--disable-$1], [don't build the plugin: $2])],
	[], [enable_[]m4_translit([$1], [-], [_])=default])
m4_ifnblank([$3], [AS_IF([test "x$$3" != xyes],
	[AS_CASE([$enable_[]m4_translit([$1], [-], [_])],
		[yes], [AC_MSG_ERROR([the plugin $1 needs $4])],
		[default], [charon_left_out="$charon_left_out $1 (no $4)"
			enable_[]m4_translit([$1], [-], [_])=no])])])
AS_IF([test "x$enable_[]m4_translit([$1], [-], [_])" = xdefault],
	[enable_[]m4_translit([$1], [-], [_])=yes])
AM_CONDITIONAL([PLUGIN_]m4_translit([$1], [a-z-], [A-Z_]),
	[test "x$enable_[]m4_translit([$1], [-], [_])" = xyes])
AM_COND_IF([PLUGIN_]m4_translit([$1], [a-z-], [A-Z_]),
	[charon_plugins="$charon_plugins $1"])
AC_CONFIG_FILES([plugins/$1/Makefile])
])
