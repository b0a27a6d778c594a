// The sandbox of a decoder process: what it gives up for ever before it sees a byte of input.
#pragma once

#include <string>

namespace lingshu {

// Closes every descriptor from `first_fd` on, forbids core files, and installs a filter of system calls (seccomp, Linux)
// that leaves reading and writing of open descriptors, memory that is not executable, and the end. Opening a file, making
// a socket and starting a program or a thread kill the process; the rest is refused. Returns "on", or why there is no
// filter. REQUIRES: one thread.
std::string EnterSandbox(int first_fd);

}  // namespace lingshu
