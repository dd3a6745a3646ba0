#include <oneapi/tbb/version.h>

#include <cstdio>

extern "C" const char *tbb_version_text() {
    static char text[80];
    std::snprintf(text, sizeof text, "%s (interface %d)", TBB_runtime_version(),
                  TBB_runtime_interface_version());
    return text;
}
