dnl SPDX-License-Identifier: GPL-2.0-or-later
dnl
dnl CHARON_HOST
dnl
dnl Find the installed strongSwan and the source tree of its version, refuse
dnl a mismatch, and find out how the installed libcharon was configured.
dnl
dnl The layout of libcharon's objects depends on its version and on whether
dnl mediation (ME) was enabled, and nothing in a 5.9 daemon keeps a plugin
dnl with another layout from crashing it. So both are checked here.
AC_DEFUN([CHARON_HOST], [
AC_ARG_WITH([strongswan-source],
	[AS_HELP_STRING([--with-strongswan-source=DIR],
		[unpacked source tree of the installed strongSwan's version])],
	[], [with_strongswan_source=])
AC_ARG_WITH([charon],
	[AS_HELP_STRING([--with-charon=PROGRAM],
		[the IKE daemon to build for (default: searched)])],
	[], [with_charon=])
AC_ARG_WITH([ipseclibdir],
	[AS_HELP_STRING([--with-ipseclibdir=DIR],
		[folder of libcharon.so.0 (default: searched)])],
	[], [with_ipseclibdir=])
AC_ARG_WITH([plugindir],
	[AS_HELP_STRING([--with-plugindir=DIR],
		[where plugins get installed (default: IPSECLIBDIR/plugins)])],
	[], [with_plugindir=])
AC_ARG_WITH([charon-version],
	[AS_HELP_STRING([--with-charon-version=VERSION],
		[of a daemon that can't be run here, as in a cross build])])
AC_ARG_WITH([mediation],
	[AS_HELP_STRING([--with-mediation=yes|no],
		[strongSwan's --enable-mediation (default: asked of libcharon)])],
	[], [with_mediation=])
AC_ARG_WITH([ikev1],
	[AS_HELP_STRING([--with-ikev1=yes|no],
		[strongSwan's --enable-ikev1 (default: asked of libcharon)])],
	[], [with_ikev1=])
AC_ARG_WITH([snippetdir],
	[AS_HELP_STRING([--with-snippetdir=DIR],
		[where snippets of strongswan.conf get installed (default: SYSCONFDIR/strongswan.d/charon)])],
	[], [with_snippetdir=])

AS_IF([test -n "${with_charon_version+given}"],
	[AS_CASE([$with_charon_version], [[[0-9]]*.*], [],
		[AC_MSG_ERROR([--with-charon-version=$with_charon_version: expected a version, like 6.0.1])])])
charon_path=$with_charon
AS_IF([test -z "$charon_path$with_charon_version"], [
	for candidate in /usr/lib/ipsec/charon /usr/libexec/ipsec/charon \
			/usr/libexec/strongswan/charon /usr/sbin/charon-systemd \
			/usr/local/libexec/ipsec/charon; do
		AS_IF([test -x "$candidate"], [charon_path=$candidate; break])
	done
])
AS_IF([test -z "$charon_path$with_charon_version"],
	[AC_MSG_ERROR([no charon found: install strongSwan, or name its daemon with --with-charon])])

charon_named=--with-charon-version
charon_version=$with_charon_version
AS_IF([test -z "$charon_version"], [
	charon_named="the installed daemon $charon_path"
	AC_MSG_CHECKING([version of $charon_path])
	charon_version=`"$charon_path" --version 2>/dev/null |
		sed -n 's/.*strongSwan U\{0,1\}\([[0-9]][[^ ,/]]*\).*/\1/p' | head -n 1`
	AS_IF([test -z "$charon_version"],
		[AC_MSG_ERROR([$charon_path --version doesn't name one: if it can't be run here, name it with --with-charon-version])])
	AC_MSG_RESULT([$charon_version])
])

AS_IF([test -z "$with_strongswan_source"],
	[AC_MSG_ERROR([the source tree of strongSwan $charon_version is needed for
its headers: run scripts/fetch-strongswan-source or unpack it, and name it
with --with-strongswan-source])])
charon_source=`cd "$with_strongswan_source" 2>/dev/null && pwd`
AC_MSG_CHECKING([version of the strongSwan source tree])
charon_source_version=`sed -n 's/^AC.INIT(.strongSwan.,.\(.*\).)$/\1/p' \
	"$charon_source/configure.ac" 2>/dev/null`
AS_IF([test -z "$charon_source_version"],
	[AC_MSG_ERROR([$with_strongswan_source isn't a strongSwan source tree])])
AC_MSG_RESULT([$charon_source_version])
AS_IF([test "$charon_source_version" != "$charon_version"],
	[AC_MSG_ERROR([the source tree $charon_source is strongSwan
$charon_source_version, but $charon_named is strongSwan
$charon_version: a plugin built from one crashes the other. Get the source of
$charon_version (scripts/fetch-strongswan-source does), or name the daemon you
build for with --with-charon])])

ipseclibdir=$with_ipseclibdir
dnl with a version and without a daemon, only what was named is looked at
AS_IF([test -z "$ipseclibdir" && test -n "$charon_path"], [
	for candidate in "`dirname "$charon_path"`" /usr/lib/ipsec \
			/usr/lib/strongswan /usr/lib64/strongswan /usr/lib64/ipsec \
			/usr/local/lib/ipsec; do
		AS_IF([test -e "$candidate/libcharon.so.0"],
			[ipseclibdir=$candidate; break])
	done
])
charon_library=$ipseclibdir/libcharon.so.0
AS_IF([test ! -e "$charon_library"], [
	AS_IF([test -z "$with_charon_version" || test -n "$ipseclibdir"],
		[AC_MSG_ERROR([no libcharon.so.0 in '$ipseclibdir': name its folder with --with-ipseclibdir])])
	AS_IF([test -z "$with_mediation" || test -z "$with_ikev1" ||
			test -z "$with_plugindir"],
		[AC_MSG_ERROR([without a libcharon to ask, --with-mediation, --with-ikev1 and --with-plugindir have to be given])])
	charon_library=
])
plugindir=${with_plugindir:-$ipseclibdir/plugins}
snippetdir=${with_snippetdir:-'${sysconfdir}/strongswan.d/charon'}

dnl A folder that libcharon is staged in isn't where it will be.
charon_runlibdir=$ipseclibdir
AS_IF([test -n "$with_charon_version" && test -n "$with_plugindir"],
	[charon_runlibdir=`dirname "$with_plugindir"`],
	[test "$cross_compiling" = yes],
	[AC_MSG_ERROR([where plugins are on the other machine isn't known here: name it with --with-plugindir])])

dnl What libcharon itself is linked with needn't be here.
HOST_LIBS="-L$ipseclibdir -Wl,-rpath,$charon_runlibdir"
HOST_LIBS="$HOST_LIBS -Wl,--allow-shlib-undefined"
HOST_LIBS="$HOST_LIBS -l:libcharon.so.0 -l:libstrongswan.so.0"

dnl Else it would have neither mediation nor IKEv1 for want of a linker.
AS_IF([test -n "$charon_library"],
	[CHARON_HOST_SYMBOL([a libcharon to link with], [libcharon_init],
		[charon_linked])
	 AS_IF([test $charon_linked = no],
		[AC_MSG_ERROR([$charon_library can't be linked with, and isn't known to have mediation and IKEv1, or not: is it for another machine? See config.log])])])

CHARON_HOST_OPTION([mediation], [mediation (ME)], [connect_manager_create],
	[charon_me])
CHARON_HOST_OPTION([ikev1], [IKEv1], [main_mode_create], [charon_ikev1])

dnl Its message encoder isn't in its header, which is installed nowhere anyway.
VICI_CPPFLAGS="-isystem $charon_source/src/libcharon/plugins/vici"
VICI_LIBS="-L$ipseclibdir -Wl,-rpath,$charon_runlibdir"
VICI_LIBS="$VICI_LIBS -Wl,--allow-shlib-undefined -l:libvici.so.0"
CHARON_HOST_SYMBOL([libvici], [vici_builder_create], [charon_libvici],
	[$VICI_LIBS])

dnl What the host's own config.h would say, as far as its headers look at it.
HOST_DEFINES=
AS_IF([test $charon_me = yes], [CHARON_HOST_DEFINE([ME])])
AS_IF([test $charon_ikev1 = yes], [CHARON_HOST_DEFINE([USE_IKEV1])])
CHARON_HOST_DEFINE([USE_IKEV2])
AC_CHECK_HEADERS([stdbool.h alloca.h sys/param.h],
	[CHARON_HOST_DEFINE(AS_TR_CPP([HAVE_$ac_header]))])
AC_CHECK_FUNCS([sigwaitinfo explicit_bzero memrchr fmemopen closefrom \
		clock_gettime],
	[CHARON_HOST_DEFINE(AS_TR_CPP([HAVE_$ac_func]))])
AC_CHECK_FUNC([pthread_condattr_setclock],
	[CHARON_HOST_DEFINE([HAVE_CONDATTR_CLOCK_MONOTONIC])])
AC_CHECK_TYPE([__int128], [CHARON_HOST_DEFINE([HAVE_INT128])], [:])
dnl How key exchanges are laid out, for tests that make one: it shows in the
dnl headers only to who knows, and in the library by what it says of one
dnl without test vectors.
AC_MSG_CHECKING([whether key exchanges of the installed strongSwan are testable])
AS_IF([grep -q 'no test vectors found / untestable' \
		"$ipseclibdir/libstrongswan.so.0" 2>/dev/null],
	[charon_testable_ke=yes
	 CHARON_HOST_DEFINE([TESTABLE_KE])], [charon_testable_ke=no])
AC_MSG_RESULT([$charon_testable_ke])
dnl the mocks of upstream's exchange tests, of which there are more with time
MOCKS=`cd "$charon_source/src/libcharon/tests/utils" 2>/dev/null &&
	ls mock_*.c 2>/dev/null | sed 's/^/upstream_/; s/c$/o/' | tr '\n' ' '`

m4_map_args([CHARON_HOST_PROBE],
	[child_cfg_selects_by_itself],
	[controller_max_level],
	[kernel_refs_reqid],
	[peer_cfg_has_options])

AC_SUBST([charon_version])
AC_SUBST([charon_source])
AC_SUBST([charon_path])
AC_SUBST([ipseclibdir])
AC_SUBST([plugindir])
AC_SUBST([snippetdir])
AC_SUBST([HOST_LIBS])
AC_SUBST([VICI_CPPFLAGS])
AC_SUBST([VICI_LIBS])
AC_SUBST([HOST_DEFINES])
AC_SUBST([MOCKS])
AM_SUBST_NOTMAKE([HOST_DEFINES])
])

dnl CHARON_HOST_OPTION(OPTION, WHAT, SYMBOL, VARIABLE)
dnl Set VARIABLE to yes or no, from libcharon, or from --with-OPTION if there is
dnl none.
AC_DEFUN([CHARON_HOST_OPTION], [
AS_CASE([$with_$1], [yes|no|''], [],
	[AC_MSG_ERROR([--with-$1=$with_$1: expected yes or no])])
AS_IF([test -n "$charon_library"],
	[CHARON_HOST_SYMBOL([$2], [$3], [$4])
	 AS_IF([test -n "$with_$1" && test "$with_$1" != "$$4"],
		[AC_MSG_ERROR([--with-$1=$with_$1, but for $charon_library that is $$4])])],
	[$4=$with_$1])
])

dnl CHARON_HOST_SYMBOL(WHAT, SYMBOL, VARIABLE, [LIBS])
dnl Set VARIABLE to yes or no: does the installed libcharon, or another library
dnl of the host's, have SYMBOL?
AC_DEFUN([CHARON_HOST_SYMBOL], [
AC_MSG_CHECKING([whether the installed strongSwan has $1])
charon_save_LIBS=$LIBS
LIBS="$4 $HOST_LIBS $LIBS"
AC_LINK_IFELSE([AC_LANG_CALL([], [$2])], [$3=yes], [$3=no])
LIBS=$charon_save_LIBS
AC_MSG_RESULT([$$3])
])

dnl CHARON_HOST_DEFINE(MACRO)
AC_DEFUN([CHARON_HOST_DEFINE], [HOST_DEFINES="$HOST_DEFINES
@%:@define $1 1"])

dnl CHARON_HOST_PROBE(NAME)
dnl Define HOST_NAME if compat/probes/NAME.c compiles with PROBE defined. If it
dnl doesn't without either, the host is one that we don't know.
AC_DEFUN([CHARON_HOST_PROBE], [
AC_MSG_CHECKING([for $1])
charon_save_CPPFLAGS=$CPPFLAGS
CPPFLAGS="-isystem $charon_source/src/libstrongswan $CPPFLAGS"
CPPFLAGS="-isystem $charon_source/src/libcharon $CPPFLAGS"
CHARON_HOST_COMPILE([$1], [@%:@define PROBE],
	[charon_probe=yes
	 CHARON_HOST_DEFINE(AS_TR_CPP([HOST_$1]))],
	[CHARON_HOST_COMPILE([$1], [], [charon_probe=no],
		[AC_MSG_ERROR([compat/probes/$1.c suits the headers in $charon_source in neither of its ways: this strongSwan isn't known yet, see config.log])])])
CPPFLAGS=$charon_save_CPPFLAGS
AC_MSG_RESULT([$charon_probe])
])

dnl CHARON_HOST_COMPILE(NAME, DEFINITION, IF-YES, IF-NO)
AC_DEFUN([CHARON_HOST_COMPILE], [AC_COMPILE_IFELSE([AC_LANG_SOURCE([
@%:@define CONFIG_H_INCLUDED$HOST_DEFINES
$2
@%:@include "$srcdir/compat/probes/$1.c"])], [$3], [$4])])
