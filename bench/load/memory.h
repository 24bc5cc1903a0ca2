/* How much memory a server holds: the resident pages of a process and all its descendants, read from /proc.
 * Shared pages count once a process, so only differences between two readings mean something. */
#ifndef MEMORY_H
#define MEMORY_H

#include <ctype.h>
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { MAX_PROCESSES = 8192 };

struct process {
    int pid, parent;
    bool counted;
};

static inline int parent_of(int pid)
{
    char path[64];
    int parent = 0;
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *file = fopen(path, "r");
    if (!file)
        return 0;
    if (fscanf(file, "%*d (%*[^)]) %*c %d", &parent) != 1)
        parent = 0;
    fclose(file);
    return parent;
}

static inline long resident_kib_of(int pid)
{
    char path[64];
    long pages = 0;
    snprintf(path, sizeof path, "/proc/%d/statm", pid);
    FILE *file = fopen(path, "r");
    if (!file)
        return 0;
    if (fscanf(file, "%*d %ld", &pages) != 1)
        pages = 0;
    fclose(file);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static inline int list_processes(struct process *list)
{
    int count = 0;
    DIR *proc = opendir("/proc");
    if (!proc)
        return 0;
    for (struct dirent *entry; (entry = readdir(proc)) && count < MAX_PROCESSES;) {
        if (!isdigit((unsigned char)entry->d_name[0]))
            continue;
        int pid = atoi(entry->d_name);
        list[count++] = (struct process){.pid = pid, .parent = parent_of(pid)};
    }
    closedir(proc);
    return count;
}

static inline long resident_kib_below(struct process *list, int count, int root)
{
    long total = resident_kib_of(root);
    for (int i = 0; i < count; i++) {
        if (list[i].parent != root || list[i].counted)
            continue;
        list[i].counted = true;
        total += resident_kib_below(list, count, list[i].pid);
    }
    return total;
}

static inline long resident_kib(int root)
{
    static struct process list[MAX_PROCESSES];
    return root ? resident_kib_below(list, list_processes(list), root) : 0;
}

#endif
