dnl SPDX-License-Identifier: GPL-2.0-or-later
dnl
dnl CHARON_PLUGIN(NAME, DESCRIPTION, [HAVE, LIBRARY])
dnl
dnl Declare the plugin in plugins/NAME, enabled unless --disable-NAME is given.
dnl If it needs a library, HAVE is the shell variable that is yes if that was
dnl found, and LIBRARY its name; without it the plugin isn't built, which the
dnl summary says.
dnl
dnl For everybody who has to do with all plugins, these are substituted:
dnl
dnl   plugins           names of those that are built
dnl   plugin_subdirs    their folders; all_plugin_subdirs: also of the others
dnl   plugin_libs       their convenience libraries, libNAME.la
dnl   plugin_cppflags   their headers, -DWITH_NAME, and common/schemas.h
dnl   plugin_schemas    a SCHEMA(NAME) for each, for common/schemas.h.in
AC_DEFUN([CHARON_PLUGIN], [
m4_pushdef([prefix], [m4_translit([$1], [-], [_])])
m4_pushdef([upper], [m4_translit([$1], [a-z-], [A-Z_])])
AC_ARG_ENABLE([$1],
	[AS_HELP_STRING([--disable-$1], [don't build the plugin: $2])],
	[], [enable_[]prefix[]=default])
m4_ifnblank([$3], [AS_IF([test "x$$3" != xyes],
	[AS_CASE([$enable_[]prefix],
		[yes], [AC_MSG_ERROR([the plugin $1 needs $4])],
		[default], [charon_left_out="$charon_left_out $1 (no $4)"
			enable_[]prefix[]=no])])])
AS_IF([test "x$enable_[]prefix" = xdefault], [enable_[]prefix[]=yes])
AM_CONDITIONAL([PLUGIN_]upper, [test "x$enable_[]prefix" = xyes])
AS_IF([test "x$enable_[]prefix" = xyes],
	[plugins="$plugins $1"
	 plugin_subdirs="$plugin_subdirs plugins/$1"
	 plugin_libs="$plugin_libs \$(top_builddir)/plugins/$1/lib[]prefix[].la"
	 plugin_cppflags="$plugin_cppflags -DWITH_[]upper"
	 plugin_cppflags="$plugin_cppflags -I\$(top_srcdir)/plugins/$1"
	 plugin_schemas="$plugin_schemas SCHEMA(prefix)"])
all_plugin_subdirs="$all_plugin_subdirs plugins/$1"
AC_CONFIG_FILES([plugins/$1/Makefile])
m4_popdef([upper], [prefix])
])

dnl CHARON_PLUGINS_OUTPUT
dnl
dnl Substitute what the plugins declared before have collected.
AC_DEFUN([CHARON_PLUGINS_OUTPUT], [
plugin_cppflags="-I\$(top_builddir)/common $plugin_cppflags"
AC_SUBST([plugins])
AC_SUBST([plugin_subdirs])
AC_SUBST([all_plugin_subdirs])
AC_SUBST([plugin_libs])
AC_SUBST([plugin_cppflags])
AC_SUBST([plugin_schemas])
AM_SUBST_NOTMAKE([plugin_schemas])
AC_CONFIG_FILES([common/schemas.h])
])

dnl CHARON_LIBRARY(VARIABLE, MODULE, FUNCTION, HAVE)
dnl Set HAVE to yes or no: does pkg-config know the library, and can it be linked
dnl with? In a cross build it may know those of this machine.
AC_DEFUN([CHARON_LIBRARY], [
PKG_CHECK_MODULES([$1], [$2], [
	charon_save_LIBS=$LIBS
	LIBS="$$1_LIBS $LIBS"
	AC_MSG_CHECKING([whether it can be linked with])
	AC_LINK_IFELSE([AC_LANG_CALL([], [$3])], [$4=yes], [$4=no])
	AC_MSG_RESULT([$$4])
	LIBS=$charon_save_LIBS
], [$4=no])
])
