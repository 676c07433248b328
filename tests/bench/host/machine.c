/* SPDX-License-Identifier: GPL-2.0-or-later */
/* QEMU, its memory, and the qtest socket: see host.h. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "host.h"

#define TIMEOUT_MS      60000
#define MOST_UNANSWERED 256u
#define MOST_RAM        ((size_t)2 << 30)   /* below the PCI hole of q35 */

static Machine *the_machine;    /* for those that end the program */

void machine_stop(Machine *m)
{
    the_machine = NULL;
    if (m->pid) {
        kill(m->pid, SIGKILL);
        waitpid(m->pid, NULL, 0);
        m->pid = 0;
    }
}

void machine_die(const char *format, ...)
{
    va_list ap;

    fputs("nvme-host: ", stderr);
    va_start(ap, format);
    vfprintf(stderr, format, ap);
    va_end(ap);
    fputc('\n', stderr);
    if (the_machine) {
        machine_stop(the_machine);
    }
    exit(1);
}

static void ended(int sig)
{
    machine_die("ended by signal %d", sig);
}

void machine_check(Machine *m)
{
    int status;

    if (waitpid(m->pid, &status, WNOHANG) == m->pid) {
        m->pid = 0;
        machine_die("QEMU has ended; its own message is above");
    }
}

/* Memory without a name: nothing is left behind, however this ends. */
static int make_ram(Machine *m, size_t size)
{
    int fd = memfd_create("guest-ram", 0);

    if (size > MOST_RAM) {
        machine_die("%zu MiB of guest memory are wanted, more than %zu: give "
                    "less --depth, --block or --queues", size >> 20,
                    MOST_RAM >> 20);
    }
    if (fd < 0 || ftruncate(fd, (off_t)size) < 0) {
        machine_die("no guest memory: %s", g_strerror(errno));
    }
    m->ram = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (m->ram == MAP_FAILED) {
        machine_die("cannot map the guest memory: %s", g_strerror(errno));
    }
    m->ram_size = size;
    m->ram_used = 1 << 20;      /* behind ROMs and such */
    return fd;
}

/* QEMU dies with this program, however that ends, and has other CPUs. */
static void before_exec(gpointer opaque)
{
    const Options *o = opaque;
    cpu_set_t set;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (o->host_cpu >= 0 && sched_getaffinity(0, sizeof(set), &set) == 0) {
        CPU_CLR((size_t)o->host_cpu, &set);
        sched_setaffinity(0, sizeof(set), &set);
    }
}

static void add(GPtrArray *argv, const char *format, ...)
    G_GNUC_PRINTF(2, 3);

static void add(GPtrArray *argv, const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    g_ptr_array_add(argv, g_strdup_vprintf(format, ap));
    va_end(ap);
}

/* Files RAM and SOCK are open in QEMU, too, under the same numbers. */
static void spawn(Machine *m, const Options *o, int ram, int sock)
{
    static const char *const fixed[] = {
        "-nodefaults", "-display", "none", "-accel", "qtest", "-qtest-log",
        "/dev/null", "-machine", "q35,memory-backend=ram", NULL };
    g_autoptr(GPtrArray) argv = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GError) err = NULL;

    add(argv, "%s", o->qemu);
    for (const char *const *s = fixed; *s; s++) {
        add(argv, "%s", *s);
    }
    add(argv, "-m");
    add(argv, "%zuM", m->ram_size >> 20);
    add(argv, "-object");
    add(argv, "memory-backend-file,id=ram,share=on,size=%zu,"
        "mem-path=/proc/self/fd/%d", m->ram_size, ram);
    add(argv, "-chardev");
    add(argv, "socket,id=qtest,fd=%d", sock);
    add(argv, "-qtest");
    add(argv, "chardev:qtest");
    for (char **s = o->args; s && *s; s++) {
        add(argv, "%s", *s);
    }
    add(argv, "-device");
    add(argv, "%s", o->device);
    g_ptr_array_add(argv, NULL);
    if (!g_spawn_async(NULL, (char **)argv->pdata, NULL,
                       G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_SEARCH_PATH |
                       G_SPAWN_LEAVE_DESCRIPTORS_OPEN |
                       G_SPAWN_STDOUT_TO_DEV_NULL,
                       before_exec, (gpointer)o, &m->pid, &err)) {
        machine_die("cannot start %s: %s", o->qemu, err->message);
    }
}

static void pin(int cpu)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET((size_t)cpu, &set);
    if (sched_setaffinity(0, sizeof(set), &set) < 0) {
        machine_die("--host-cpu=%d: %s", cpu, g_strerror(errno));
    }
}

void machine_start(Machine *m, const Options *o, size_t ram_size)
{
    const struct sigaction end = { .sa_handler = ended };
    int pair[2], ram;

    the_machine = m;
    m->wait = o->wait;
    m->out = g_string_new(NULL);
    sigaction(SIGINT, &end, NULL);
    sigaction(SIGTERM, &end, NULL);
    ram = make_ram(m, ram_size);
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0 ||
        fcntl(pair[0], F_SETFD, FD_CLOEXEC) < 0) {
        machine_die("no socket: %s", g_strerror(errno));
    }
    m->sock = pair[0];
    spawn(m, o, ram, pair[1]);
    close(pair[1]);
    close(ram);
    if (o->host_cpu >= 0) {
        pin(o->host_cpu);
    }
}

uint64_t machine_alloc(Machine *m, size_t size)
{
    uint64_t at = m->ram_used;

    m->ram_used += (size + PAGE - 1) & ~(size_t)(PAGE - 1);
    if (m->ram_used > m->ram_size) {
        machine_die("%zu MiB of guest memory are too little",
                    m->ram_size >> 20);
    }
    return at;
}

/* Take the answers that are there; WAIT: at least one. */
static ssize_t answers(Machine *m, char *buf, size_t size, bool wait)
{
    struct pollfd pfd = { .fd = m->sock, .events = POLLIN };
    ssize_t n = recv(m->sock, buf, size, MSG_DONTWAIT);

    if (n < 0 && wait) {
        if (poll(&pfd, 1, TIMEOUT_MS) <= 0) {
            machine_check(m);
            machine_die("QEMU does not answer");
        }
        n = recv(m->sock, buf, size, 0);
    }
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
        g_usleep(G_USEC_PER_SEC / 2);   /* its message comes first */
        machine_check(m);
        machine_die("QEMU has closed the qtest socket");
    }
    for (ssize_t i = 0; i < n; i++) {
        m->unanswered -= buf[i] == '\n';
    }
    return n;
}

void machine_flush(Machine *m)
{
    char buf[4096];
    size_t at = 0;

    while (at < m->out->len) {
        ssize_t n = send(m->sock, m->out->str + at, m->out->len - at,
                         MSG_NOSIGNAL);

        if (n < 0 && errno != EINTR) {
            machine_check(m);
            machine_die("cannot write to QEMU: %s", g_strerror(errno));
        }
        at += n > 0 ? (size_t)n : 0;
    }
    g_string_truncate(m->out, 0);
    if (m->unanswered) {
        answers(m, buf, sizeof(buf), false);
    }
    while (m->unanswered > (m->wait ? 0 : MOST_UNANSWERED)) {
        answers(m, buf, sizeof(buf), true);
    }
}

void machine_writel(Machine *m, uint64_t addr, uint32_t value)
{
    g_string_append_printf(m->out, "writel 0x%" PRIx64 " 0x%x\n", addr,
                           value);
    m->unanswered++;
    if (m->wait) {
        machine_flush(m);
    }
}

uint64_t machine_ask(Machine *m, const char *format, ...)
{
    char buf[4096];
    size_t len = 0;
    va_list ap;

    machine_flush(m);
    while (m->unanswered) {
        answers(m, buf, sizeof(buf), true);
    }
    va_start(ap, format);
    g_string_append_vprintf(m->out, format, ap);
    va_end(ap);
    g_string_append_c(m->out, '\n');
    m->unanswered++;
    if (send(m->sock, m->out->str, m->out->len, MSG_NOSIGNAL) < 0) {
        machine_die("cannot write to QEMU: %s", g_strerror(errno));
    }
    g_string_truncate(m->out, 0);
    while (m->unanswered && len < sizeof(buf) - 1) {
        ssize_t n = answers(m, buf + len, sizeof(buf) - 1 - len, true);

        len += n > 0 ? (size_t)n : 0;
    }
    buf[len] = 0;
    if (!g_str_has_prefix(buf, "OK")) {
        machine_die("QEMU says: %s", buf);
    }
    return g_ascii_strtoull(buf + 2, NULL, 0);
}

uint64_t machine_cpu(const Machine *m, uint64_t *user, uint64_t *system)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/stat", m->pid);
    g_autofree char *text = NULL;
    struct timespec t;
    clockid_t clock;

    if (!g_file_get_contents(path, &text, NULL, NULL) ||
        sscanf(strrchr(text, ')') + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u "
               "%*u %*u %" SCNu64 " %" SCNu64, user, system) != 2) {
        machine_die("cannot read %s", path);
    }
    if (clock_getcpuclockid(m->pid, &clock) || clock_gettime(clock, &t) < 0) {
        machine_die("cannot read the CPU time of QEMU");
    }
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}
