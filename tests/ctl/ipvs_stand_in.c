// Preloaded into ipvsadm where the kernel has no IPVS: stands in for libnl's sockets, so that
// ipvsadm's own reading of its input runs, and says on standard error what would have been sent.
#include <linux/genetlink.h>
#include <linux/ip_vs.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>

#include <stdio.h>

int genl_connect(struct nl_sock* socket);
int genl_ctrl_resolve(struct nl_sock* socket, const char* name);

int genl_connect(struct nl_sock* socket)
{
    (void)socket;
    return 0;
}

int genl_ctrl_resolve(struct nl_sock* socket, const char* name)
{
    (void)socket;
    (void)name;
    return GENL_MIN_ID;
}

int nl_send_auto_complete(struct nl_sock* socket, struct nl_msg* message)
{
    (void)socket;
    const struct genlmsghdr* header = nlmsg_data(nlmsg_hdr(message));
    if (header->cmd == IPVS_CMD_NEW_SERVICE || header->cmd == IPVS_CMD_NEW_DEST) {
        fputs(header->cmd == IPVS_CMD_NEW_SERVICE ? "service\n" : "server\n", stderr);
    }
    return 0;
}

int nl_recvmsgs_default(struct nl_sock* socket)
{
    (void)socket;
    return 0;
}
