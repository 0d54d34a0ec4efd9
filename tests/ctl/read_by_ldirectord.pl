#!/usr/bin/perl
# Reads FILE by ldirectord's own parser and prints what it understood; its errors end this.
# Usage: read_by_ldirectord.pl LDIRECTORD FILE
use strict;
use warnings;

my ($ldirectord, $file) = @ARGV;
open(my $source, "<", $ldirectord) or die "$ldirectord: $!";
my $program = do { local $/; <$source> };
# All but what runs the daemon, and its log.
$program =~ s/^# main code\n.*?^# functions\n//ms or die "$ldirectord is not the program that was expected";
$program =~ s/^__END__\n.*//ms;
$program .= <<'END';
no warnings 'redefine';
*main::ld_log = sub { print STDERR "@_\n" };
*main::ld_exit = sub { exit $_[0] };
$DAEMON_STATUS = $DAEMON_STATUS_STARTING;
$DEBUG = 0;
$CONFIG = $CFGNAME = $file;
read_config();
ld_setup();
for my $v (@VIRTUAL) {
    for my $r (@{$$v{real}}) {
        print "$$v{proto} $$v{server}:$$v{port} $$r{forw} $$r{server}:$$r{port} quiescent=$$v{quiescent}",
            " $$v{checktype} ", $$v{checktype} eq "external" ? "$$v{checkcommand} $$v{checktimeout}"
                                                             : "$$r{url} $$r{receive} $$v{negotiatetimeout}", "\n";
    }
}
print "every $CHECKINTERVAL s\n";
END
@ARGV = ();
eval $program;
die $@ if $@;
