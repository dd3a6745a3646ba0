/* The Swift runtime inside libpenstock.so takes over SIGSEGV, SIGABRT and others when it is loaded
 * and finds the program swift-backtrace (as on a machine with SWIFT_ROOT set). A library has no
 * business there. The link says --wrap=_swift_installCrashHandler, so the runtime's only call of
 * its installer comes here. 0: installed, nothing to report. Tests/ABI/signals.c sees to it. */
__attribute__((visibility("hidden"))) int __wrap__swift_installCrashHandler(void);
int __wrap__swift_installCrashHandler(void) {
    return 0;
}
