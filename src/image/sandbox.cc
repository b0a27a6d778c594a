// A filter in classic BPF, written out: a table of calls is all it is (seccomp(2); Linux Documentation/userspace-api/
// seccomp_filter.rst).
#include "image/sandbox.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <vector>

namespace lingshu {
namespace {

#if defined(__x86_64__)
constexpr uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#else
constexpr uint32_t kArchitecture = 0;
#endif

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kIsSanitized = true;  // the sanitizers' own reports need files
#else
constexpr bool kIsSanitized = false;
#endif

constexpr int kAllowed[] = {
    SYS_read,         SYS_write,        SYS_readv,         SYS_writev,     SYS_pread64,       SYS_pwrite64,
    SYS_lseek,        SYS_recvmsg,      SYS_sendmsg,       SYS_close,      SYS_munmap,        SYS_mremap,
    SYS_brk,          SYS_madvise,      SYS_futex,         SYS_exit,       SYS_exit_group,    SYS_rt_sigreturn,
    SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_sigaltstack, SYS_getpid,     SYS_gettid,        SYS_clock_gettime,
    SYS_gettimeofday, SYS_sched_yield,  SYS_getrandom,     SYS_restart_syscall};
// What no decoder does by mistake.
constexpr int kFatal[] = {
#ifdef SYS_open
    SYS_open, SYS_creat, SYS_fork, SYS_vfork,
#endif
    SYS_openat,  SYS_openat2, SYS_socket,   SYS_socketpair, SYS_connect,          SYS_bind,
    SYS_execve,  SYS_execveat, SYS_clone,   SYS_clone3,     SYS_ptrace,           SYS_process_vm_readv,
    SYS_process_vm_writev, SYS_mount, SYS_unshare, SYS_kill, SYS_bpf, SYS_io_uring_setup};

using Filter = std::vector<sock_filter>;

void Load(Filter& filter, size_t offset) {
  filter.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<uint32_t>(offset)));
}
void Return(Filter& filter, uint32_t action) { filter.push_back(BPF_STMT(BPF_RET | BPF_K, action)); }

// If the loaded word is `value`, return `action`.
void ReturnIf(Filter& filter, uint32_t value, uint32_t action) {
  filter.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1));
  Return(filter, action);
}

// If the call is `number`: allowed while argument `index` has none of `bits` (or, with `is_equal`, equals them).
void AllowByArgument(Filter& filter, int number, int index, uint32_t bits, bool is_equal) {
  filter.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<uint32_t>(number), 0, 4));
  Load(filter, offsetof(seccomp_data, args) + 8 * static_cast<size_t>(index));  // the low half; both orders are little
  if (is_equal) filter.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, bits, 1, 0));
  else filter.push_back(BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, bits, 0, 1));
  Return(filter, SECCOMP_RET_KILL_PROCESS);
  Return(filter, SECCOMP_RET_ALLOW);
}

Filter BuildFilter() {
  Filter filter;
  Load(filter, offsetof(seccomp_data, arch));
  filter.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kArchitecture, 1, 0));
  Return(filter, SECCOMP_RET_KILL_PROCESS);
  Load(filter, offsetof(seccomp_data, nr));
  AllowByArgument(filter, SYS_mmap, 2, PROT_EXEC, /*is_equal=*/false);
  AllowByArgument(filter, SYS_mprotect, 2, PROT_EXEC, /*is_equal=*/false);
  AllowByArgument(filter, SYS_tgkill, 0, static_cast<uint32_t>(getpid()), /*is_equal=*/true);  // abort()
  for (const int call : kAllowed) ReturnIf(filter, static_cast<uint32_t>(call), SECCOMP_RET_ALLOW);
  for (const int call : kFatal) ReturnIf(filter, static_cast<uint32_t>(call), SECCOMP_RET_KILL_PROCESS);
  Return(filter, SECCOMP_RET_ERRNO | EPERM);
  return filter;
}

}  // namespace

std::string EnterSandbox(int first_fd) {
  syscall(SYS_close_range, first_fd, ~0U, 0);
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  prctl(PR_SET_DUMPABLE, 0);
  if (kIsSanitized) return "off in this sanitizer build";
  if (kArchitecture == 0) return "not known for this processor";
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return std::string("refused: ") + std::strerror(errno);
  Filter filter = BuildFilter();
  const sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
  if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0)
    return std::string("refused: ") + std::strerror(errno);
  return "on";
}

}  // namespace lingshu
